"""Measures beside radiomics: each reads some files of a session and gives some columns."""
