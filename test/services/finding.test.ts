import { expect, it } from 'vitest';
import { asRemedy } from '../../src/services/finding.ts';

it('a remedy asks no operator, and goes on in the sentence of its finding', () => {
  expect(asRemedy('Ask the operator to stop `x.y`, or to start it.')).toBe('stop `x.y`, or start it');
  expect(asRemedy('Try again. If it stays so, ask the operator to look.')).toBe(
    'try again. If it stays so, look',
  );
  expect(asRemedy('Odoo is away.')).toBe('Odoo is away');
});
