// How numbers are written, so that long ones can be read at a glance.

const NUMBERS = new Intl.NumberFormat("en");

/** @param {number} n */
export function number(n) {
  return NUMBERS.format(n);
}

/**
 * @param {number} n
 * @param {string} thing
 */
export function many(n, thing) {
  return `${number(n)} ${thing}${n === 1 ? "" : "s"}`;
}

const UNITS = /** @type {const} */ (["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"]);

/** @param {number} bytes */
export function size(bytes) {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  const unit = UNITS[power];
  const unitDisplay = power === 0 ? "long" : "short";
  const format = { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 };
  return new Intl.NumberFormat("en", /** @type {Intl.NumberFormatOptions} */ (format)).format(
    bytes / 1000 ** power,
  );
}

/**
 * @param {string} seconds since 1970, or another spelling, which is left as it is
 */
export function moment(seconds) {
  const date = new Date(Number(seconds) * 1000);
  const format = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
  return Number.isNaN(date.valueOf()) ? seconds : format.format(date);
}
