import { assessModule, type KeptAssessment, type ReadModule } from '../addons/assess.ts';
import type { Repository } from '../addons/discover.ts';
import { plainText } from '../addons/module-text.ts';
import type { Family } from '../addons/roots.ts';
import type { Judgement } from '../manifest/judgement.ts';
import type { Series } from '../manifest/series.ts';
import { PyDict } from '../manifest/values.ts';

/** What is kept of a module. */
export interface ModuleAssessment extends KeptAssessment {
  /** The beginning of the manifest's description, without markup; empty if it has none. */
  readonly description: string;
}

/** The most characters of a description that are kept. */
const MOST_DESCRIPTION = 1500;

/** A module of a catalog. The same object represents it until something about it changes. */
export class CatalogModule {
  readonly name: string;
  /** The real path of the folder. */
  readonly path: string;
  readonly series: Series;
  /** The repository that lists it; for a symlink, not the one it lies in. */
  readonly repository: Repository;
  /** Null if the folder is a symlink to a folder outside all roots. */
  readonly family: Family | null;
  /** Null after the module was assessed. */
  #read: ReadModule | null;
  #assessment: ModuleAssessment | undefined;

  constructor(read: ReadModule, repository: Repository, family: Family | null) {
    this.name = read.name;
    this.path = read.path;
    this.series = read.series;
    this.repository = repository;
    this.family = family;
    this.#read = read;
  }

  /** Judges the module as Odoo would, see {@link assessModule}, on the first call. */
  assessment(): ModuleAssessment {
    if (this.#read !== null) {
      const { judgement, ...rest } = assessModule(this.#read);
      const description = descriptionIn(judgement?.literal);
      const kept = { ...rest, judgement: judgement && { ...judgement, literal: undefined }, description };
      // Copied through JSON, because its strings are slices of the manifest's text and would keep that in memory.
      this.#assessment = JSON.parse(JSON.stringify(kept)) as ModuleAssessment;
      this.#read = null;
    }
    return this.#assessment as ModuleAssessment;
  }

  /** Whether another reading of the same folder gave the same result. */
  says(other: CatalogModule): boolean {
    return JSON.stringify(this.assessment()) === JSON.stringify(other.assessment());
  }
}

function descriptionIn(literal: Judgement['literal']): string {
  const description = literal instanceof PyDict ? literal.get('description') : undefined;
  return typeof description === 'string' ? plainText(description, MOST_DESCRIPTION) : '';
}
