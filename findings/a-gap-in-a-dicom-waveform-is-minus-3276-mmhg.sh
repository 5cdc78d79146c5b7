#!/usr/bin/env bash
# A waveform in DICOM (haemodynamics, ECG) names a Waveform Padding Value (5400,100A): "value of channel samples inserted when input is absent or invalid". pydicom 3.0.1 scales it with the rest: `waveform_array` gives the gap
# of an arterial pressure as -3276.8 mmHg, as it multiplies the padding by the channel's sensitivity and adds its baseline, so that it is another number in each channel. Its documentation speaks of sensitivity and baseline, not of padding.
# Why it matters: a line that is flushed or taken off leaves such gaps in every record. The mean of a minute with six seconds of gap is -255.7 instead of 80 mmHg: the patient is hypotensive by far, for a rule as for a model, and after
# scaling the padding can no longer be found by its value. Take the raw samples (`waveforms.multiplex_array(..., as_raw=True)`) and drop the padding first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pydicom==3.0.1 numpy==2.4.6
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, HemodynamicWaveformStorage, generate_uid
from pydicom.waveforms import multiplex_array

PADDING = -32768
raw = np.full(60, 800, np.int16)  # one a second: 80 mmHg, and six seconds without a signal
raw[20:26] = PADDING

unit = Dataset()
unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "mm[Hg]", "UCUM", "mmHg"
channel = Dataset()
channel.ChannelSensitivity, channel.ChannelSensitivityCorrectionFactor, channel.ChannelBaseline = "0.1", "1", "0"
channel.ChannelSensitivityUnitsSequence, channel.ChannelSampleSkew, channel.WaveformBitsStored = [unit], "0", 16
group = Dataset()
group.WaveformOriginality, group.NumberOfWaveformChannels, group.NumberOfWaveformSamples, group.SamplingFrequency = "ORIGINAL", 1, len(raw), "1"
group.ChannelDefinitionSequence, group.WaveformBitsAllocated, group.WaveformSampleInterpretation = [channel], 16, "SS"
group.WaveformPaddingValue, group.WaveformData = PADDING.to_bytes(2, "little", signed=True), raw.tobytes()
record = Dataset()
record.SOPClassUID, record.SOPInstanceUID, record.Modality, record.WaveformSequence = HemodynamicWaveformStorage, generate_uid(), "HD", [group]
record.file_meta = FileMetaDataset()
record.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
record.save_as("pressure.dcm", enforce_file_format=True)

read = pydicom.dcmread("pressure.dcm")
pressure = read.waveform_array(0)[:, 0]
samples = multiplex_array(read, 0, as_raw=True)[:, 0]
print("pydicom", version("pydicom"))
print(f"a pressure of 80 mmHg with a gap of six seconds: lowest {pressure.min():.1f}, mean of the minute {pressure.mean():.1f} mmHg")
print(f"without the padding, which the file names: {pressure[samples != PADDING].mean():.1f} mmHg")
assert (round(float(pressure.min()), 1), round(float(pressure.mean()), 1)) == (-3276.8, -255.7), "the behaviour has changed"
PYTHON
