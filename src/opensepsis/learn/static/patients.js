// Patients as population.py draws them, one at a time, and an empty chart.

const USUAL_COHORT = { infected: 0.65, hospital_acquired: 0.12, immune_spread: 0.35, severity: 1 };

function emptyChart(rows) {
  return Array.from({ length: rows }, () => ({ concept: 0, text: 0, table: 0, row: 0, time: 0, end: 0, known: 0, value: 0 }));
}

function drawPatient(seed, number, p) {
  const who = new Person();
  who.mic = [];
  const draw = new Draws(seed, number);
  person_population(who, draw, USUAL_COHORT);
  infection_population(who, draw, USUAL_COHORT, p);
  immune_population(who, draw, USUAL_COHORT, p);
  chemistry_population(who, draw);
  circulation_population(who, draw, p);
  organs_population(who, draw, p);
  luck_population(who, draw);
  mimics_population(who, draw);
  habits_population(who, draw);
  return who;
}
