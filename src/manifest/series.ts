/** The supported Odoo series, as Odoo writes them (`release.major_version`), oldest first. */
export const SERIES = ['14.0', '15.0', '16.0', '17.0', '18.0', '19.0'] as const;

/** An Odoo major version: what `major_version` in odoo/release.py holds. */
export type Series = (typeof SERIES)[number];

/** Whether a text is one of the series in {@link SERIES}, written exactly as Odoo writes it. */
export function isSeries(text: string): text is Series {
  return (SERIES as readonly string[]).includes(text);
}

/** Whether `series` is `first` or a later one. */
export function isSince(series: Series, first: Series): boolean {
  return SERIES.indexOf(series) >= SERIES.indexOf(first);
}
