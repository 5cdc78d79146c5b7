-- Hourly SOFA (Vincent 1996) and Sepsis-3 (baseline zero) for MIMIC-IV, in plain DuckDB SQL.
--
-- A second opinion: it shares nothing with the engine but the input, so a difference between the two is a finding.
-- Source of the rules: MIT-LCP/mimic-code, mimic-iv/concepts (sofa.sql at 00ff2df2). Its oddities are kept and marked.
-- Runs on views named as the MIMIC-IV tables (independent_sql.py makes them); leaves hourly_sofa and sepsis3.

-------------------------------------------------------------------------------------------------- 1 · hours of a stay

-- Readings at t belong to the clock hour that ends at or after t: (end - 1 h, end].
CREATE TEMP MACRO hour_end(t) AS
    CASE WHEN t = date_trunc('hour', t) THEN t ELSE date_trunc('hour', t) + INTERVAL 1 HOUR END;
CREATE TEMP MACRO hour_number(t, hour_0) AS date_diff('hour', hour_0, hour_end(t));

-- The bedside chart is by far the largest table: read once, keep what is needed.
CREATE TEMP TABLE bedside AS
SELECT subject_id, stay_id, charttime, storetime, itemid, value, valuenum
FROM chartevents
WHERE itemid IN (
    220045,                     -- heart rate
    220052, 220181, 225312,     -- mean pressure: arterial line, cuff, arterial
    220739, 223900, 223901,     -- GCS eyes, verbal, motor
    223835,                     -- FiO2
    223834, 227582, 227287,     -- oxygen flow: main, BiPAP, additional
    226732, 223849, 229314      -- oxygen device, ventilator mode, Hamilton ventilator mode
);

-- The stay runs from first to last heart rate, not from intime to outtime. hour_0 is the clock hour of the first one.
CREATE TEMP TABLE stay AS
SELECT icu.*, first_beat, hour_end(first_beat) AS hour_0, date_diff('hour', first_beat, last_beat) AS last_hour
FROM icustays AS icu
LEFT JOIN (
    SELECT stay_id, min(charttime) AS first_beat, max(charttime) AS last_beat
    FROM bedside WHERE itemid = 220045 GROUP BY stay_id
) USING (stay_id);

-- 24 hours before the stay only feed the look-back: they are scored, then dropped from the result.
CREATE TEMP TABLE hours AS
SELECT stay_id, hour_0, unnest(generate_series(-24, last_hour)) AS hr FROM stay WHERE hour_0 IS NOT NULL;

-------------------------------------------------------------------------------------------------- 2 · the SOFA table

CREATE TEMP MACRO respiration_points(pf, ventilated) AS CASE
    WHEN pf < 100 AND ventilated THEN 4 WHEN pf < 200 AND ventilated THEN 3 WHEN pf < 300 THEN 2 WHEN pf < 400 THEN 1
    WHEN pf IS NOT NULL THEN 0 END;
CREATE TEMP MACRO coagulation_points(platelets) AS CASE
    WHEN platelets < 20 THEN 4 WHEN platelets < 50 THEN 3 WHEN platelets < 100 THEN 2 WHEN platelets < 150 THEN 1 ELSE 0 END;
CREATE TEMP MACRO liver_points(bilirubin) AS CASE
    WHEN bilirubin >= 12 THEN 4 WHEN bilirubin >= 6 THEN 3 WHEN bilirubin >= 2 THEN 2 WHEN bilirubin >= 1.2 THEN 1 ELSE 0 END;
CREATE TEMP MACRO creatinine_points(creatinine) AS CASE
    WHEN creatinine >= 5 THEN 4 WHEN creatinine >= 3.5 THEN 3 WHEN creatinine >= 2 THEN 2 WHEN creatinine >= 1.2 THEN 1 ELSE 0 END;
CREATE TEMP MACRO urine_points(ml_per_day) AS CASE
    WHEN ml_per_day < 200 THEN 4 WHEN ml_per_day < 500 THEN 3 WHEN ml_per_day IS NOT NULL THEN 0 END;
CREATE TEMP MACRO gcs_points(gcs) AS CASE
    WHEN gcs < 6 THEN 4 WHEN gcs < 10 THEN 3 WHEN gcs < 13 THEN 2 WHEN gcs < 15 THEN 1 ELSE 0 END;
CREATE TEMP MACRO pressure_points(mean_pressure) AS CASE WHEN mean_pressure < 70 THEN 1 ELSE 0 END;

-- Oddity: norepinephrine or epinephrine running at rate 0 gives 3, as the rule says "<= 0.1" and no more.
CREATE TEMP MACRO drug_points(drug, rate) AS CASE
    WHEN drug IN ('norepinephrine', 'epinephrine') AND rate > 0.1 THEN 4
    WHEN drug IN ('norepinephrine', 'epinephrine') AND rate <= 0.1 THEN 3
    WHEN drug = 'dopamine' AND rate > 15 THEN 4
    WHEN drug = 'dopamine' AND rate > 5 THEN 3
    WHEN drug IN ('dopamine', 'dobutamine') AND rate > 0 THEN 2
    WHEN rate IS NOT NULL THEN 0 END;

-------------------------------------------------------------------------------------------------- 3 · ventilation

-- Oddity: an oxygen device counts only where an oxygen flow is charted at the same minute (so most tubes on a ventilator
-- are known by the mode alone). Of several devices the last entered stands, then the last in the alphabet.
CREATE TEMP TABLE oxygen_device AS
SELECT max(stay_id) AS stay_id, charttime, rtrim(first(value ORDER BY storetime DESC NULLS LAST, value DESC NULLS LAST)) AS device
FROM bedside
WHERE itemid = 226732
    AND (subject_id, charttime) IN (
        SELECT (subject_id, charttime) FROM bedside WHERE itemid IN (223834, 227582, 227287) AND value IS NOT NULL)
GROUP BY subject_id, charttime;

CREATE TEMP TABLE ventilator_mode AS
SELECT max(stay_id) AS stay_id, charttime,
    max(value) FILTER (itemid = 223849) AS mode, max(value) FILTER (itemid = 229314) AS hamilton_mode
FROM bedside
WHERE itemid IN (223849, 229314) AND stay_id IS NOT NULL
GROUP BY subject_id, charttime;

-- The first line that fits wins. Modes not named here (Standby, SPONT, CPAP) say nothing.
CREATE TEMP TABLE breathing AS
SELECT stay_id, charttime, CASE
        WHEN device IN ('Tracheostomy tube', 'Trach mask') THEN 'tracheostomy'
        WHEN device = 'Endotracheal tube' THEN 'invasive'
        WHEN mode IN (
            'CMV', '(S) CMV', 'P-CMV', 'APV (cmv)', 'CMV/ASSIST', 'CMV/AutoFlow', 'CMV/ASSIST/AutoFlow',
            'SIMV', 'SIMV/AutoFlow', 'SIMV/PRES', 'SIMV/VOL', 'SIMV/PSV', 'SIMV/PSV/AutoFlow', 'PRVC/SIMV',
            'MMV', 'MMV/AutoFlow', 'MMV/PSV', 'MMV/PSV/AutoFlow',
            'PCV+', 'PCV+/PSV', 'PCV+Assist', 'PRES/AC', 'PRVC/AC', 'VOL/AC',
            'CPAP/PPS', 'CPAP/PSV', 'CPAP/PSV+Apn TCPL', 'CPAP/PSV+ApnPres', 'CPAP/PSV+ApnVol', 'PSV/SBT',
            'APRV', 'APRV/Biphasic+ApnPress', 'APRV/Biphasic+ApnVol',
            'Ambient', 'Apnea Ventilation', 'SYNCHRON MASTER', 'SYNCHRON SLAVE') THEN 'invasive'
        WHEN hamilton_mode IN (
            'APRV', 'APV (cmv)', 'APV (simv)', '(S) CMV', 'P-CMV', 'SIMV', 'P-SIMV', 'ASV', 'VS', 'Ambient') THEN 'invasive'
        WHEN device IN ('Bipap mask', 'CPAP mask') OR hamilton_mode IN ('NIV', 'NIV-ST', 'DuoPaP') THEN 'mask ventilation'
        WHEN device = 'High flow nasal cannula' THEN 'high flow'
        WHEN device IN (
            'Nasal cannula', 'Non-rebreather', 'Face tent', 'Venti mask', 'Medium conc mask', 'Aerosol-cool', 'Ultrasonic neb',
            'High flow neb', 'Vapomist', 'Oxymizer') THEN 'oxygen'
        WHEN device = 'None' THEN 'none'
    END AS status
FROM oxygen_device FULL JOIN ventilator_mode USING (stay_id, charttime)
WHERE status IS NOT NULL;

-- One episode: the same status charted with no gap of 14 clock hours. It ends when another status is charted.
-- Episodes of a single reading are dropped.
CREATE TEMP TABLE ventilated AS
WITH neighbours AS (
    SELECT *, lead(charttime) OVER line AS next_time,
        coalesce(status = lag(status) OVER line AND date_diff('hour', lag(charttime) OVER line, charttime) < 14, false) AS goes_on
    FROM breathing WINDOW line AS (PARTITION BY stay_id ORDER BY charttime)
), numbered AS (
    SELECT *, count(*) FILTER (NOT goes_on) OVER (PARTITION BY stay_id ORDER BY charttime) AS episode FROM neighbours
)
SELECT stay_id, min(charttime) AS start_time,
    max(CASE WHEN date_diff('hour', charttime, next_time) < 14 THEN next_time ELSE charttime END) AS end_time
FROM numbered
WHERE status = 'invasive'
GROUP BY stay_id, episode
HAVING count(*) > 1;

-------------------------------------------------------------------------------------------------- 4 · points per reading

CREATE TEMP TABLE labs AS
SELECT subject_id, hadm_id, specimen_id, charttime, itemid, value, valuenum
FROM labevents
WHERE itemid IN (
    50821, 50816, 52033,        -- blood gas: oxygen tension, FiO2, kind of specimen
    51265, 50885, 50912         -- platelets, total bilirubin, creatinine
);

-- Arterial gases. FiO2 is the gas machine's own, else the last charted within 4 hours before. Percent throughout.
CREATE TEMP TABLE gas AS
WITH specimen AS (
    SELECT max(subject_id) AS subject_id, max(charttime) AS charttime, max(valuenum) FILTER (itemid = 50821) AS po2,
        max(CASE WHEN valuenum > 20 AND valuenum <= 100 THEN valuenum
                 WHEN valuenum > 0.2 AND valuenum <= 1 THEN valuenum * 100 END) FILTER (itemid = 50816) AS own_fio2
    FROM labs WHERE itemid IN (50821, 50816, 52033)
    GROUP BY specimen_id
    HAVING max(value) FILTER (itemid = 52033) = 'ART.' AND po2 IS NOT NULL
), charted AS (
    SELECT subject_id, charttime,
        max(CASE WHEN valuenum BETWEEN 20 AND 100 THEN valuenum
                 WHEN valuenum > 0.2 AND valuenum <= 1 THEN valuenum * 100 END) AS fio2
    FROM bedside WHERE itemid = 223835
    GROUP BY subject_id, charttime
    HAVING fio2 IS NOT NULL
)
SELECT g.subject_id, g.charttime,
    100 * po2 / coalesce(own_fio2, CASE WHEN c.charttime >= g.charttime - INTERVAL 4 HOUR THEN c.fio2 END) AS pf
FROM specimen AS g
ASOF LEFT JOIN charted AS c ON g.subject_id = c.subject_id AND g.charttime >= c.charttime;

-- Components not charted now come from the row before, if less than 6 hours old, else count as normal.
-- Oddity: a tube (verbal "No Response-ETT") makes the whole GCS 15, and is itself carried like a component.
CREATE TEMP TABLE coma AS
WITH charted AS (
    SELECT stay_id, charttime, max(valuenum) FILTER (itemid = 220739) AS eyes, max(valuenum) FILTER (itemid = 223901) AS motor,
        max(CASE WHEN value = 'No Response-ETT' THEN 0 ELSE valuenum END) FILTER (itemid = 223900) AS verbal
    FROM bedside WHERE itemid IN (220739, 223900, 223901)
    GROUP BY subject_id, stay_id, charttime
), before AS (
    SELECT *, coalesce(lag(charttime) OVER line > charttime - INTERVAL 6 HOUR, false) AS fresh,
        CASE WHEN fresh THEN lag(eyes) OVER line END AS eyes_before,
        CASE WHEN fresh THEN lag(motor) OVER line END AS motor_before,
        CASE WHEN fresh THEN lag(verbal) OVER line END AS verbal_before
    FROM charted WINDOW line AS (PARTITION BY stay_id ORDER BY charttime)
)
SELECT stay_id, charttime, CASE
        WHEN coalesce(verbal, verbal_before) = 0 THEN 15
        WHEN verbal_before = 0 THEN coalesce(eyes, 4) + verbal + coalesce(motor, 6)  -- just extubated: nothing carried over
        ELSE coalesce(eyes, eyes_before, 4) + coalesce(verbal, verbal_before, 5) + coalesce(motor, motor_before, 6)
    END AS gcs
FROM before;

-- All mean pressures of one minute, from whatever site, are averaged.
CREATE TEMP TABLE pressure AS
SELECT stay_id, charttime, avg(valuenum) AS mean_pressure
FROM bedside WHERE itemid IN (220052, 220181, 225312) AND valuenum > 0 AND valuenum < 300
GROUP BY subject_id, stay_id, charttime;

-- An infusion counts in the clock hours at whose end it runs. Oddity: shorter ones in between do not count, a minute across does.
CREATE TEMP TABLE pressor AS
SELECT stay_id,
    unnest(generate_series(date_trunc('hour', starttime) + INTERVAL 1 HOUR, endtime, INTERVAL 1 HOUR)) AS charttime,
    CASE itemid WHEN 221906 THEN 'norepinephrine' WHEN 221289 THEN 'epinephrine' WHEN 221662 THEN 'dopamine'
        ELSE 'dobutamine' END AS drug,
    -- the few norepinephrine rows in mg are mistaken; with weight 1 only the unit is
    rate * CASE WHEN itemid = 221906 AND rateuom = 'mg/kg/min' AND patientweight <> 1 THEN 1000 ELSE 1 END AS rate
FROM inputevents WHERE itemid IN (221906, 221289, 221662, 221653);

-- 24 h urine at each charting: volumes of the last 23 hours (each stands for the time since the one before it), scaled to
-- 24 h, and only if that time adds up to 22-30 h. Irrigation fluid put in is taken off.
CREATE TEMP TABLE urine AS
WITH charted AS (
    SELECT stay_id, charttime, sum(CASE WHEN itemid = 227488 THEN -abs(value) ELSE value END) AS ml
    FROM outputevents
    WHERE itemid IN (
        226559, 226560, 226561, 226567, 226563,     -- Foley, void, condom catheter, straight catheter, suprapubic
        226564, 226565, 226557, 226558, 226584,     -- nephrostomy right, left; ureteral stent right, left; ileoconduit
        227488, 227489)                             -- irrigant in, irrigant and urine out
    GROUP BY stay_id, charttime
), spans AS (
    SELECT *, date_diff('second', coalesce(lag(charttime) OVER line, first_beat), charttime) / 3600 AS span
    FROM charted JOIN stay USING (stay_id) WHERE first_beat IS NOT NULL
    WINDOW line AS (PARTITION BY stay_id ORDER BY charttime)
), day AS (
    SELECT stay_id, charttime, sum(ml) OVER last_23h AS ml, round(sum(span) OVER last_23h, 2) AS span
    FROM spans
    WINDOW last_23h AS (PARTITION BY stay_id ORDER BY charttime RANGE BETWEEN INTERVAL 23 HOUR PRECEDING AND CURRENT ROW)
)
SELECT stay_id, charttime, ml / span * 24 AS ml_per_day FROM day WHERE span BETWEEN 22 AND 30;

-------------------------------------------------------------------------------------------------- 5 · points per hour

-- Blood tests belong to the admission (rows without one are lost), gases to the patient, the rest to the stay.
CREATE TEMP VIEW reading AS
SELECT stay_id, charttime, 'respiration' AS organ,
    respiration_points(pf, EXISTS (
        FROM ventilated AS v WHERE v.stay_id = s.stay_id AND g.charttime BETWEEN v.start_time AND v.end_time)) AS points
FROM gas AS g JOIN stay AS s USING (subject_id)
UNION ALL
SELECT stay_id, charttime,
    CASE itemid WHEN 51265 THEN 'coagulation' WHEN 50885 THEN 'liver' ELSE 'renal' END,
    CASE itemid WHEN 51265 THEN coagulation_points(valuenum) WHEN 50885 THEN liver_points(valuenum)
        ELSE creatinine_points(valuenum) END
FROM labs JOIN stay USING (hadm_id)
WHERE valuenum > 0 AND (itemid IN (51265, 50885) OR itemid = 50912 AND valuenum <= 150)
UNION ALL SELECT stay_id, charttime, 'cardiovascular', pressure_points(mean_pressure) FROM pressure
UNION ALL SELECT stay_id, charttime, 'cardiovascular', drug_points(drug, rate) FROM pressor
UNION ALL SELECT stay_id, charttime, 'cns', gcs_points(gcs) FROM coma
-- Oddity: of several 24 h urine sums in one hour the largest counts, where all else takes the worst.
UNION ALL SELECT stay_id, hour_end(charttime), 'renal', urine_points(max(ml_per_day)) FROM urine GROUP BY ALL;

-- Worst of each hour; NULL where nothing was measured.
CREATE TEMP TABLE hourly AS
SELECT stay_id, hour_number(charttime, hour_0) AS hr,
    max(points) FILTER (organ = 'respiration') AS respiration, max(points) FILTER (organ = 'coagulation') AS coagulation,
    max(points) FILTER (organ = 'liver') AS liver, max(points) FILTER (organ = 'cardiovascular') AS cardiovascular,
    max(points) FILTER (organ = 'cns') AS cns, max(points) FILTER (organ = 'renal') AS renal
FROM reading JOIN stay USING (stay_id)
GROUP BY ALL;

-- Worst of 24 clock hours, this one included; never measured counts as 0. The total is the sum of the six worsts.
CREATE TEMP TABLE hourly_sofa AS
SELECT stay_id, hr, hour_0 + (hr - 1) * INTERVAL 1 HOUR AS starttime, hour_0 + hr * INTERVAL 1 HOUR AS endtime,
    respiration, coagulation, liver, cardiovascular, cns, renal,
    coalesce(max(respiration) OVER day, 0) AS respiration_24hours, coalesce(max(coagulation) OVER day, 0) AS coagulation_24hours,
    coalesce(max(liver) OVER day, 0) AS liver_24hours, coalesce(max(cardiovascular) OVER day, 0) AS cardiovascular_24hours,
    coalesce(max(cns) OVER day, 0) AS cns_24hours, coalesce(max(renal) OVER day, 0) AS renal_24hours,
    respiration_24hours + coagulation_24hours + liver_24hours + cardiovascular_24hours + cns_24hours + renal_24hours AS sofa_24hours
FROM hours LEFT JOIN hourly USING (stay_id, hr)
WINDOW day AS (PARTITION BY stay_id ORDER BY hr ROWS BETWEEN 23 PRECEDING AND CURRENT ROW)
QUALIFY hr >= 0;

-------------------------------------------------------------------------------------------------- 6 · suspected infection

-- Parts of drug names, brand names and misprints included. Oddity: ertapenem, imipenem, daptomycin (except as Cubicin),
-- tigecycline, colistin, micafungin and fluconazole are not on the list.
SET VARIABLE antibiotic_names = [
    -- penicillins
    'amoxicill', 'ampicillin', 'clavulanate', 'dicloxacillin', 'methicillin', 'nafcillin', 'oxacillin', 'penicillin', 'piperacillin',
    'tazobactam', 'augmentin', 'bactocill', 'bicillin l-a', 'moxatag', 'pc pen vk', 'pfizerpen', 'timentin', 'unasyn', 'zosyn',
    -- cephalosporins
    'axetil', 'cefaclor', 'cefadroxil', 'cefazolin', 'cefdinir', 'cefditoren', 'cefepime', 'cefotan', 'cefotaxime', 'cefotetan',
    'cefoxitin', 'cefpirome', 'cefpodoxime', 'cefprozil', 'ceftaroline', 'ceftazidime', 'ceftibuten', 'ceftin', 'ceftriaxone',
    'cefuroxime', 'cephalexin', 'cephalothin', 'cephapririn', 'ancef', 'cedax', 'claforan', 'duricef', 'fortaz', 'keflex', 'kefzol',
    'maxipime', 'mefoxin', 'omnicef', 'panixine', 'raniclor', 'rocephin', 'spectracef', 'suprax', 'tazicef', 'vantin', 'zinacef',
    -- carbapenem, monobactam
    'meropenem', 'aztreonam', 'azactam', 'cayston',
    -- quinolones
    'cipro', 'levofloxacin', 'moxifloxacin', 'norfloxacin', 'ofloxacin', 'avelox', 'factive', 'levaquin', 'noroxin', 'proquin',
    -- aminoglycosides
    'amikacin', 'gentamicin', 'kanamycin', 'neomycin', 'streptomycin', 'tobramycin', 'amikin', 'bethkis', 'garamycin',
    -- macrolides, lincosamides
    'azithromycin', 'clarithromycin', 'clindamycin', 'dirithromycin', 'erythromycin', 'biaxin', 'cleocin', 'ery-tab', 'eryc', 'eryped',
    'erythrocin', 'ketek', 'lincocin', 'pce dispertab', 'pediazole', 'zithromax',
    -- tetracyclines
    'doxycy', 'minocycline', 'tetracycline', 'adoxa', 'ala-tet', 'alodox', 'avidoxy', 'doryx', 'dynacin', 'minocin', 'monodox',
    'morgidox', 'myrac', 'nicazel doxy 30', 'ocudox', 'oracea', 'oraxyl', 'periostat', 'solodyn', 'vibra-tabs', 'vibramycin',
    -- sulfonamides, trimethoprim
    'sulfadiazine', 'sulfamethoxazole', 'sulfisoxazole', 'trimethoprim', 'bactrim', 'primsol', 'septra', 'smz-tmp', 'sulfatrim',
    -- glycopeptides, others
    'vancomycin', 'vancocin', 'vibativ', 'cubicin', 'linezolid', 'zyvox', 'synercid', 'chloramphenicol', 'metronidazole', 'flagyl',
    'nitrofurantoin', 'furadantin', 'macrobid', 'macrodantin', 'monurol', 'mupirocin', 'bactroban', 'rifampin', 'rifadin',
    -- antifungals
    'amphotericin', 'anidulafungin'
];

-- Orders, not doses given, that start while the patient is in this ICU. Not for eye, ear or skin, not the carrier fluid.
CREATE TEMP TABLE antibiotic AS
SELECT row_number() OVER () AS antibiotic_id, rx.subject_id, stay_id, starttime AS antibiotic_time
FROM prescriptions AS rx JOIN stay AS s ON rx.hadm_id = s.hadm_id AND starttime >= intime AND starttime < outtime
WHERE drug_type <> 'BASE'
    AND route NOT IN ('OU', 'OS', 'OD', 'AU', 'AS', 'AD', 'TP') AND NOT regexp_matches(lower(route), 'ear|eye')
    AND NOT regexp_matches(lower(drug), 'cream|desensitization|ophth oint|gel')
    -- a constant, compiled once: from a subquery the pattern is compiled for every order (35 times slower overall)
    AND regexp_matches(lower(drug), array_to_string(getvariable('antibiotic_names'), '|'));

-- Any specimen sent to microbiology counts, cancelled ones too.
CREATE TEMP TABLE culture AS
SELECT max(subject_id) AS subject_id, max(chartdate) AS day, max(charttime) AS time, coalesce(time, day) AS culture_time
FROM microbiologyevents WHERE spec_type_desc IS NOT NULL
GROUP BY micro_specimen_id;

-- A culture in the 72 h before the antibiotic, else one in the 24 h after; without a time of day, 3 days and 1 day.
-- The earliest culture stands for its window. Oddity: antibiotic and culture at the same minute are no pair.
CREATE TEMP TABLE suspicion AS
WITH pair AS (
    SELECT antibiotic_id, stay_id, antibiotic_time, culture_time, c.day, c.time, CASE
            WHEN c.time IS NULL THEN date_trunc('day', antibiotic_time) BETWEEN c.day AND c.day + INTERVAL 3 DAY
            ELSE antibiotic_time > c.time AND antibiotic_time <= c.time + INTERVAL 72 HOUR END AS culture_first, CASE
            WHEN c.time IS NULL THEN date_trunc('day', antibiotic_time) BETWEEN c.day - INTERVAL 1 DAY AND c.day
            ELSE antibiotic_time < c.time AND antibiotic_time >= c.time - INTERVAL 24 HOUR END AS antibiotic_first
    FROM antibiotic JOIN culture AS c USING (subject_id)
)
SELECT stay_id, antibiotic_time,
    first(culture_time ORDER BY day, time NULLS LAST) FILTER (culture_first) AS culture_before,
    first(culture_time ORDER BY day, time NULLS LAST) FILTER (antibiotic_first) AS culture_after,
    coalesce(culture_before, antibiotic_time) AS suspected_infection_time,
    coalesce(culture_before, culture_after) AS culture_time
FROM pair WHERE culture_first OR antibiotic_first
GROUP BY antibiotic_id, stay_id, antibiotic_time;

-------------------------------------------------------------------------------------------------- 7 · Sepsis-3

-- SOFA of 2 or more at the end of an hour from 48 h before to 24 h after suspicion. The stay's first suspicion that has
-- it is its sepsis; a stay with none keeps its first suspicion, for comparison.
CREATE TEMP TABLE sepsis3 AS
WITH high AS (
    SELECT stay_id, endtime, sofa_24hours FROM hourly_sofa WHERE sofa_24hours >= 2
), judged AS (
    SELECT s.*, h.sofa_24hours IS NOT NULL AND h.endtime <= suspected_infection_time + INTERVAL 24 HOUR AS sepsis3,
        CASE WHEN sepsis3 THEN h.endtime END AS sofa_time, CASE WHEN sepsis3 THEN h.sofa_24hours END AS sofa_score
    FROM suspicion AS s
    ASOF LEFT JOIN high AS h ON s.stay_id = h.stay_id AND s.suspected_infection_time - INTERVAL 48 HOUR <= h.endtime
)
SELECT stay_id, suspected_infection_time, antibiotic_time, culture_time, sofa_time, sofa_score, coalesce(sepsis3, false) AS sepsis3
FROM stay LEFT JOIN judged USING (stay_id)
QUALIFY row_number() OVER (
    PARTITION BY stay_id ORDER BY sepsis3 DESC, suspected_infection_time, antibiotic_time, culture_time, sofa_time) = 1;
