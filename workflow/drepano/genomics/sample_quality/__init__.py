"""Quality of samples: call rate, heterozygosity, sex, relatedness, contamination."""
