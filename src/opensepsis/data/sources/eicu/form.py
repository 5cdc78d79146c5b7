"""The tables of the eICU database, as data. What is not named is text, so that a rate, a result and an age stay as they were sent."""

from opensepsis.data.sources.relational.form import Form, Table, columns, tables

_STAY = "patientunitstayid"

EICU = Form(
    title="eICU",
    layout="opensepsis reads the official layout of the eICU Collaborative Research Database, version 2.0.",
    repair="Compare it with the checksums of the official release (SHA256SUMS.txt) and copy it again.",
    absent="Give the folder of the official release (eICU 2.0), the one that holds patient.csv.gz.",
    schemas=("eicu", "eicu_crd"),
    tables=tables(
        Table(
            "patient",
            columns(
                whole=f"{_STAY} patienthealthsystemstayid hospitalid wardid hospitaladmitoffset hospitaldischargeoffset "
                "unitdischargeoffset hospitaldischargeyear",
                number="admissionheight admissionweight dischargeweight",
            ),
            optional=frozenset({"hospitaldischargeyear", "hospitaladmittime24"}),
        ),
        Table("vitalperiodic", columns(
            whole=f"{_STAY} vitalperiodicid observationoffset",
            number="temperature sao2 heartrate respiration etco2 systemicsystolic systemicdiastolic systemicmean",
        ), optional=frozenset({"etco2"})),
        Table("vitalaperiodic", columns(
            whole=f"{_STAY} vitalaperiodicid observationoffset",
            number="noninvasivesystolic noninvasivediastolic noninvasivemean",
        )),
        Table("lab", columns(
            whole=f"{_STAY} labid labresultoffset labresultrevisedoffset", number="labresult"
        )),
        Table("nursecharting", columns(
            whole=f"{_STAY} nursingchartid nursingchartoffset nursingchartentryoffset"
        )),
        Table("respiratorycharting", columns(
            whole=f"{_STAY} respchartid respchartoffset respchartentryoffset"
        )),
        Table("respiratorycare", columns(
            whole=f"{_STAY} respcareid respcarestatusoffset ventstartoffset ventendoffset priorventstartoffset priorventendoffset"
        )),
        Table("intakeoutput", columns(
            whole=f"{_STAY} intakeoutputid intakeoutputoffset intakeoutputentryoffset", number="cellvaluenumeric"
        )),
        Table("infusiondrug", columns(whole=f"{_STAY} infusiondrugid infusionoffset")),
        Table("medication", columns(
            whole=f"{_STAY} medicationid drugorderoffset drugstartoffset drughiclseqno"
        )),
        Table("microlab", columns(whole=f"{_STAY} microlabid culturetakenoffset")),
        Table("treatment", columns(whole=f"{_STAY} treatmentid treatmentoffset")),
        Table("diagnosis", columns(whole=f"{_STAY} diagnosisid diagnosisoffset")),
        Table("pasthistory", columns(whole=f"{_STAY} pasthistoryid pasthistoryoffset pasthistoryenteredoffset")),
        Table("careplangeneral", columns(whole=f"{_STAY} cplgeneralid cplitemoffset")),
        Table("physicalexam", columns(whole=f"{_STAY} physicalexamid physicalexamoffset")),
    ),
)  # fmt: skip
