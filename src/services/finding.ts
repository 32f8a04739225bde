import { forOperator } from '../base/surface.ts';

/** One finding of `doctor`. `fail`: links cannot be made, or Odoo will not see them; `warn`: should be checked. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** A hint as a remedy: `doctor` is run by the operator, who is not told to ask one. */
export function asRemedy(hint: string): string {
  return forOperator(hint.replace(/^(?:Ask|Check|If|Make|The|Try)\b/, (word) => word.toLowerCase())).replace(
    /\.$/,
    '',
  );
}
