"""Words of BIDS that a mapping may use, and the order of entities in a name.

Source: BIDS specification 1.10, appendix "Entity table" and the MRI chapter.
"""

from __future__ import annotations

BIDS_VERSION = "1.10.0"

SUFFIXES: dict[str, tuple[str, ...]] = {
    "anat": (
        *("T1w", "T2w", "FLAIR", "PDw", "T2starw", "PDT2", "inplaneT1", "inplaneT2", "angio"),
        *("MEGRE", "MESE", "MP2RAGE", "VFA", "MPM", "UNIT1", "defacemask"),
        *("T1map", "T2map", "T2starmap", "R1map", "R2map", "R2starmap", "PDmap", "Chimap"),
    ),
    "dwi": ("dwi", "sbref", "ADC", "FA", "trace", "colFA", "expADC", "S0map"),
    "func": ("bold", "sbref", "cbv", "noRF"),
    "perf": ("asl", "m0scan", "noRF"),
    "fmap": (
        *("epi", "phasediff", "phase1", "phase2", "magnitude", "magnitude1", "magnitude2"),
        *("fieldmap", "m0scan", "TB1map", "RB1map", "TB1AFI", "TB1TFL", "TB1EPI", "TB1DAM"),
    ),
}
"""Suffixes of raw MRI by datatype."""

ENTITIES = (
    *("task", "tracksys", "acq", "ce", "trc", "stain", "rec", "dir", "run", "mod"),
    *("echo", "flip", "inv", "mt", "part", "chunk"),
)
"""Entities of raw MRI after `sub` and `ses`, in the order of a name."""

VOLUME_TYPES = ("control", "label", "m0scan", "deltam", "cbf")
"""Volume types of `aslcontext.tsv`."""

COMPONENTS = ("mag", "phase", "real", "imag")
"""Values of the entity `part`: what of the complex signal an image shows."""

AUTO = "auto"
"""Value of `echo` or `part` in a mapping that stands for what the header says."""

_NUMBERS = (
    *("MagneticFieldStrength", "ImagingFrequency", "SliceThickness", "SpacingBetweenSlices"),
    *("EchoTime", "EchoTime1", "EchoTime2", "EchoNumber", "RepetitionTime", "InversionTime"),
    *("RepetitionTimeExcitation", "RepetitionTimePreparation", "FlipAngle", "SAR"),
    *("PartialFourier", "PartialFourierDirection", "BaseResolution", "PhaseResolution"),
    *("PercentPhaseFOV", "PercentSampling", "EchoTrainLength", "PhaseEncodingSteps"),
    *("PhaseEncodingStepsNoPartialFourier", "FrequencyEncodingSteps"),
    *("PhaseEncodingStepsOutOfPlane", "AcquisitionMatrixPE", "ReconMatrixPE"),
    *("BandwidthPerPixelPhaseEncode", "PixelBandwidth", "DwellTime", "EffectiveEchoSpacing"),
    *("DerivedVendorReportedEchoSpacing", "TotalReadoutTime", "EstimatedEffectiveEchoSpacing"),
    *("EstimatedTotalReadoutTime", "WaterFatShift", "ParallelReductionFactorInPlane"),
    *("ParallelReductionFactorOutOfPlane", "MultibandAccelerationFactor"),
    *("NumberOfKSpaceTrajectories", "AcquisitionDuration", "AcquisitionVoxelSize"),
    *(
        "SliceTiming",
        "ImageOrientationPatientDICOM",
        "NumberOfAverages",
        "NumberOfVolumesDiscarded",
    ),
    *("ShimSetting", "TxRefAmp", "SpoilingRFPhaseIncrement", "SpoilingGradientMoment"),
    *("SpoilingGradientDuration", "MTOffsetFrequency", "MTPulseBandwidth", "MTPulseDuration"),
    *("PhilipsRescaleSlope", "PhilipsRescaleIntercept", "PhilipsScaleSlope"),
    *("PhilipsRWVSlope", "PhilipsRWVIntercept", "UsePhilipsFloatNotDisplayScaling"),
    *("PhilipsFloatSlope", "DiffusionBValue", "DiffusionGradientOrientation", "SeriesNumber"),
    *("PostLabelingDelay", "LabelingDuration", "BolusCutOffDelayTime", "LabelingDistance"),
    *("LabelingPulseAverageGradient", "LabelingPulseMaximumGradient", "LabelingPulseAverageB1"),
    *("LabelingPulseDuration", "LabelingPulseFlipAngle", "LabelingPulseInterval"),
    *("LabelingEfficiency", "LabelingSlabThickness", "TotalAcquiredPairs", "M0Estimate"),
    *("BackgroundSuppressionNumberPulses", "BackgroundSuppressionPulseTime"),
    *("AcquisitionResolution", "VascularCrushingVENC", "BolusDuration", "InitialPostLabelDelay"),
    *("TagDuration", "NumberOfExcitations", "Interpolation2D", "Interpolation3D"),
)
_FLAGS = (
    *("NonlinearGradientCorrection", "MTState", "SpoilingState", "PhaseEncodingDirectionPositive"),
    *("BackgroundSuppression", "VascularCrushing", "BolusCutOffFlag", "FatSaturation"),
    *("PartialFourierEnabled", "RawImage", "MultipartID", "PrescanNormalize"),
)
_WORDS = (
    *("Modality", "Manufacturer", "ManufacturersModelName", "SoftwareVersions", "BodyPart"),
    *("PatientPosition", "MRAcquisitionType", "ScanningSequence", "SequenceVariant"),
    *("PulseSequenceType", "ScanOptions", "SequenceName", "ImageType", "ReceiveCoilName"),
    *("ReceiveCoilActiveElements", "CoilString", "CoilCombinationMethod", "MatrixCoilMode"),
    *("SpoilingType", "ParallelAcquisitionTechnique", "PhaseEncodingDirection"),
    *("PhaseEncodingAxis", "SliceEncodingDirection", "ImageOrientationText"),
    *("InPlanePhaseEncodingDirectionDICOM", "DiffusionScheme", "DiffusionDirectionality"),
    *("ArterialSpinLabelingType", "PCASLType", "CASLType", "PASLType", "M0Type"),
    *("BolusCutOffTechnique", "LabelingOrientation", "LabelingLocationDescription"),
    *("LabelingPulseType", "MTPulseShape", "Units", "TaskName"),
    *("ConversionSoftware", "ConversionSoftwareVersion"),
)

KEPT_KEYS = frozenset((*_NUMBERS, *_FLAGS, *_WORDS))
"""Keys of a sidecar that are kept: how the image was acquired, and nothing of whom, when, where.

No free text of people is among them: no descriptions, comments, protocol names; no device,
station, institution, operator; no date, time or UID.
"""
NUMBER_KEYS = frozenset(_NUMBERS)
"""Those of them that hold numbers alone; anything else in them is dropped."""
FLAG_KEYS = frozenset(_FLAGS)
"""Those of them that hold true, false or a number."""
