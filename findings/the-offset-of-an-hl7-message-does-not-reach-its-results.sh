#!/usr/bin/env bash
# HL7 2.x says of the zone of MSH-7: "if the time zone is specified, it will be used throughout the message as the default time zone", and IHE's profile for devices demands it there. node-hl7-client 4.0.0 reads each
# time by itself: `toDate()` of OBX-14 takes the zone of the machine that it runs on, so one message is sent at 15:00 UTC and its lactate, drawn half an hour before, at 09:30 UTC in a container and at 08:30 in Berlin.
# Only on a machine in the sender's own zone it is right. A fraction of a second is cut off in both.
# Why it matters: interfaces are tested on a desk in the hospital's zone and run in containers in UTC. Draws come five hours early (in winter, four in summer), before the antibiotic or the admission, with no error. Give
# MSH-7's offset to every time without one before parsing it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" node-hl7-client@4.0.0 > /dev/null
cd "$folder"
cat > read.mjs <<'JAVASCRIPT'
import { Message } from "node-hl7-client";

const read = (sent, drawn) => {
  const text = [
    `MSH|^~\\&|LAB|HOSPITAL|EHR|HOSPITAL|${sent}||ORU^R01|1|P|2.5.1`,
    "PID|1||4711^^^HOSPITAL^MR",
    `OBX|1|NM|2524-7^Lactate^LN||4.1|mmol/L|||||F|||${drawn}`,
  ].join("\r");
  const message = new Message({ text });
  return ["MSH.7", "OBX.14"].map((field) => message.get(field).toDate().toISOString().slice(11, 23)).join(" ");
};
console.log(read("20260302100000-0500", "20260302093000"), "|", read("20260302100000-0500", "20260302093000.7500-0500"));
JAVASCRIPT
echo "node-hl7-client 4.0.0 | sent 10:00-0500, drawn 09:30 | drawn 09:30:00.7500-0500"
for zone in UTC Europe/Berlin America/New_York; do echo "$zone $(TZ=$zone node read.mjs)"; done | tee seen
cat > expected <<'TEXT'
UTC 15:00:00.000 09:30:00.000 | 15:00:00.000 14:30:00.000
Europe/Berlin 15:00:00.000 08:30:00.000 | 15:00:00.000 14:30:00.000
America/New_York 15:00:00.000 14:30:00.000 | 15:00:00.000 14:30:00.000
TEXT
diff expected seen || { echo "changed: see above"; exit 1; }
