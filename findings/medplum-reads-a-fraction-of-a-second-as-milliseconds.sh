#!/usr/bin/env bash
# Times of HL7 2.x may carry one to four digits of a second (YYYYMMDDHHMMSS.S to .SSSS). @medplum/core 4.5.2 takes the digits as a number of
# milliseconds: .5 is 5 ms, and .1234, the four digits that the standard allows, is 1.234 s; .9999 lies in the tenth second after.
# It also leaves HL7's escapes in the text that its parser gives (`10\S\3/uL`), and takes a time without an offset as UTC.
# Why it matters: two values of one second change places, so the earlier one stands as the latest; a value moves over the minute. Analysers
# and monitors do write four digits. Pad the fraction to three digits before parsing, and decode the escapes yourself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @medplum/core@4.5.2
cat > "$folder/ask.mjs" <<'JAVASCRIPT'
import assert from 'node:assert';
import { Hl7Message, parseHl7DateTime } from '@medplum/core';

const read = Object.fromEntries(['.5', '.12', '.123', '.1234', '.9999'].map(
  digits => [digits, parseHl7DateTime(`20260302120000${digits}+0000`)]));
console.log('@medplum/core 4.5.2', read);
assert.deepStrictEqual(Object.values(read), [
  '2026-03-02T12:00:00.005Z', '2026-03-02T12:00:00.012Z', '2026-03-02T12:00:00.123Z', '2026-03-02T12:00:01.234Z', '2026-03-02T12:00:09.999Z',
], 'fractions are read otherwise now');
const message = Hl7Message.parse('MSH|^~\\&|LAB|H|||20260302120000||ORU^R01|1|P|2.5.1\rOBX|1|NM|777-3^Platelets^LN||150|10\\S\\3/uL|||||F');
const unit = message.getSegment('OBX').getField(6).toString();
console.log('unit', unit);
assert.strictEqual(unit, '10\\S\\3/uL', 'escapes are decoded now');
console.log('a fraction of a second is read as milliseconds, escapes stay');
JAVASCRIPT
(cd "$folder" && node ask.mjs)
