// Random numbers by counter, as randomness.py: 64-bit whole numbers in two halves, since JavaScript has none that are fast.

let high = 0;
let low = 0;

function multiply(aHigh, aLow, bHigh, bLow) {
  const a0 = aLow & 0xffff, a1 = aLow >>> 16, b0 = bLow & 0xffff, b1 = bLow >>> 16;
  const first = a0 * b0;
  const middle = a1 * b0 + (first >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  const carried = a1 * b1 + Math.floor(middle / 65536) + Math.floor(other / 65536);
  high = (carried + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) >>> 0;
  low = (((other & 0xffff) << 16) | (first & 0xffff)) >>> 0;
}

function add(aHigh, aLow, bHigh, bLow) {
  const sum = aLow + bLow;
  low = sum >>> 0;
  high = (aHigh + bHigh + (sum > 0xffffffff ? 1 : 0)) >>> 0;
}

function mix() {
  let h = high, l = low;
  multiply((h ^ (h >>> 30)) >>> 0, (l ^ ((l >>> 30) | (h << 2))) >>> 0, 0xbf58476d, 0x1ce4e5b9);
  h = high; l = low;
  multiply((h ^ (h >>> 27)) >>> 0, (l ^ ((l >>> 27) | (h << 5))) >>> 0, 0x94d049bb, 0x133111eb);
  h = high; l = low;
  low = (l ^ ((l >>> 31) | (h << 1))) >>> 0;
  high = (h ^ (h >>> 31)) >>> 0;
}

// Numbers up to 2^53 as two halves, times the golden ratio.
function goldenTimes(number) {
  multiply(Math.floor(number / 4294967296) >>> 0, number >>> 0, 0x9e3779b9, 0x7f4a7c15);
}

function patient_key(seed, patient) {
  add(Math.floor(seed / 4294967296) >>> 0, seed >>> 0, 0x9e3779b9, 0x7f4a7c15);
  mix();
  const h = high, l = low;
  goldenTimes(patient);
  add(h, l, high, low);
  mix();
  return [high, low];
}

function uniform(key, stream, counter) {
  multiply(0, stream >>> 0, 0xd1342543, 0xde82ef95);
  add(key[0], key[1], high, low);
  mix();
  const h = high, l = low;
  goldenTimes(counter);
  add(h, l, high, low);
  mix();
  return (high * 2097152 + (low >>> 11) + 0.5) / 9007199254740992;
}

// Half to even, as NumPy does.
function rounded(value, digits) {
  if (digits) return rounded(value * 10 ** digits) / 10 ** digits;
  const below = Math.floor(value), rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

function modulo(a, b) {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

function where(chosen, yes, no) {
  return chosen ? yes : no;
}

function clipped(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

function pick(shares, u) {
  let sum = 0;
  for (let index = 0; index < shares.length - 1; index++) {
    sum += shares[index];
    if (u <= sum) return index;
  }
  return shares.length - 1;
}

// Each call takes the next stream, so the order of the calls is part of the seed's meaning.
class Draws {
  constructor(seed, number) {
    this.key = patient_key(seed, number);
    this.stream = 1000;
  }

  uniform() {
    return uniform(this.key, ++this.stream, 0);
  }

  normal() {
    return normal(this.key, ++this.stream, 0);
  }

  scatter(middle, spread) {
    return middle * Math.exp(spread * this.normal());
  }

  chance(share) {
    return this.uniform() < share ? 1 : 0;
  }
}
