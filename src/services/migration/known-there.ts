import type { Sources } from '../../addons/sources.ts';
import { describeIndexed } from '../status/remedy.ts';
import { describeChanges, type Trace } from '../trace-module.ts';

/**
 * What is known of a module that no root of the new series has, as sentences that may follow one about it; empty if nothing is.
 * Nothing is to be linked by the reader: only calls that bring sources are told.
 */
export function describeKnown(trace: Trace, sources: Sources): string {
  const { changes, name, place } = trace;
  if (changes.length === 0) return place.kind === 'indexed' ? describeIndexed('it', place, sources) : '';
  const story = describeChanges(trace);
  switch (place.kind) {
    case 'odoo':
      return `${story} ${name} is a module of Odoo ${place.edition}.`;
    case 'indexed':
      return `${story} ${describeIndexed('it', place, sources)}`;
    case 'offered':
      return story;
    case 'nowhere':
      return `${story} No root has ${name}.`;
  }
}
