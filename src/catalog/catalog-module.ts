import { assessModule, type ReadModule } from '../addons/assess.ts';
import type { Repository } from '../addons/discover.ts';
import type { Family } from '../addons/roots.ts';
import type { Refusal } from '../base/refusal.ts';
import type { Judgement } from '../manifest/judgement.ts';
import type { Series } from '../manifest/series.ts';

/** What is kept of an assessment: all but the manifest's literal value. */
export interface ModuleAssessment {
  readonly judgement: Readonly<Omit<Judgement, 'literal'>> | null;
  /** Everything that keeps the module from being linked; empty for a module that may be. */
  readonly refusals: readonly Refusal[];
}

/** A module of a catalog, as it was read. The same object stands for it until something about it changes. */
export class CatalogModule {
  readonly name: string;
  /** The real path of the folder. */
  readonly path: string;
  readonly series: Series;
  /** The repository that lists it, which for a symlink is not the one it lies in. */
  readonly repository: Repository;
  /** Null when the folder is a symlink out of all roots. */
  readonly family: Family | null;
  /** Null once it is assessed. */
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

  /** Judges the module as Odoo would, see {@link assessModule}; done once, and not before somebody asks. */
  assessment(): ModuleAssessment {
    if (this.#read !== null) {
      const { judgement, refusals } = assessModule(this.#read);
      const kept = { judgement: judgement && { ...judgement, literal: undefined }, refusals };
      // Every text in it is a part of the manifest's, and would keep all of that in memory. JSON makes copies.
      this.#assessment = JSON.parse(JSON.stringify(kept)) as ModuleAssessment;
      this.#read = null;
    }
    return this.#assessment as ModuleAssessment;
  }

  /** Whether the same is known of another reading of the same folder. */
  says(other: CatalogModule): boolean {
    return JSON.stringify(this.assessment()) === JSON.stringify(other.assessment());
  }
}
