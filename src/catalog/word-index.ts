import { readModuleText, stampOfText } from '../addons/module-text.ts';
import type { Turns } from '../base/turns.ts';
import type { CatalogModule } from './catalog-module.ts';
import { conceptsOf } from './concepts.ts';
import { countryOf } from './country.ts';
import { matchConcepts } from './match-concepts.ts';
import { type Answer, rateMatches } from './rate-matches.ts';
import { createTextIndex, type TextIndex } from './text-index.ts';

/** The most characters of each field of a module, so that none fills the memory. */
const MOST = { field: 500, text: 1500 } as const;
/** Units of work for reading and indexing a module, and for looking at its text again, see {@link Turns.spend}. */
const INDEXING = 16;
const LOOKING = 1;
/**
 * At most so many texts are looked at again by one search, those that were not for longest: a file that a module's
 * manifest does not tell of may have changed.
 */
const LOOKS = 200;

interface Entry {
  readonly id: number;
  /** Of the text that was indexed, see {@link stampOfText}. */
  readonly stamp: string;
}

/**
 * The words of a catalog's modules. Nothing is read before the first question; later ones read only what has changed.
 */
export class WordIndex {
  #index: TextIndex | null = null;
  /** What is indexed, in the order in which the texts were looked at. */
  readonly #entries = new Map<CatalogModule, Entry>();
  readonly #modules = new Map<number, CatalogModule>();
  /** The modules of the last update that was completed. */
  #view: readonly CatalogModule[] = [];
  #lastId = 0;
  /** Settles with the latest update. */
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Answers a query in words.
   * @param modules All modules of a catalog's view; the index is brought up to date with them first.
   * @returns The modules that speak of any part of it.
   */
  async ask(
    modules: readonly CatalogModule[],
    query: string,
    turns: Turns,
  ): Promise<ReadonlyMap<CatalogModule, Answer>> {
    const index = await this.#upToDate(modules, turns);
    const concepts = conceptsOf(query);
    const matches = await matchConcepts(concepts, index, turns);
    const found = [...matches].flatMap(([id, match]) => {
      const module = this.#modules.get(id);
      return module === undefined ? [] : [{ module, match }];
    });
    return rateMatches(found, concepts, modules, turns);
  }

  /** One after the other: a question that comes during an update continues where that one ends or is cancelled. */
  #upToDate(modules: readonly CatalogModule[], turns: Turns): Promise<TextIndex> {
    const update = () => this.#update(modules, turns);
    const updated = this.#last.then(update, update);
    this.#last = updated;
    return updated;
  }

  async #update(modules: readonly CatalogModule[], turns: Turns): Promise<TextIndex> {
    this.#index ??= await createTextIndex();
    const index = this.#index;
    const isKnown = modules === this.#view;
    // Until it is complete: a shortage or a cancellation may interrupt it.
    this.#view = [];
    if (!isKnown) await this.#take(index, modules, turns);
    for (const [module, entry] of [...this.#entries].slice(0, LOOKS)) {
      // Behind those that are still to be looked at.
      this.#entries.delete(module);
      if (stampOfText(module.path) === entry.stamp) this.#entries.set(module, entry);
      else {
        this.#remove(index, module, entry.id);
        this.#add(index, module);
      }
      const pause = turns.spend(LOOKING);
      if (pause !== undefined) await pause;
    }
    this.#view = modules;
    return index;
  }

  /** Adds and removes modules. A change of a module makes another one of it. */
  async #take(index: TextIndex, modules: readonly CatalogModule[], turns: Turns): Promise<void> {
    // What lies outside all roots is not read.
    const present = new Set(modules.filter(({ family }) => family !== null));
    for (const [module, { id }] of this.#entries) if (!present.has(module)) this.#remove(index, module, id);
    for (const module of present) {
      if (this.#entries.has(module)) continue;
      this.#add(index, module);
      const pause = turns.spend(INDEXING);
      if (pause !== undefined) await pause;
    }
  }

  #add(index: TextIndex, module: CatalogModule): void {
    const { judgement, description } = module.assessment();
    const { text, stamp } = readModuleText(module.path, MOST.text);
    const cut = (text = '') => text.slice(0, MOST.field);
    const id = ++this.#lastId;
    index.add({
      id,
      name: `${cut(module.name)} ${countryOf(module.name, module.repository.name)}`,
      title: cut(judgement?.fields?.name),
      summary: cut(judgement?.fields?.summary),
      category: cut(judgement?.fields?.category),
      text: text === '' ? description : text,
    });
    this.#entries.set(module, { id, stamp });
    this.#modules.set(id, module);
  }

  #remove(index: TextIndex, module: CatalogModule, id: number): void {
    index.remove(id);
    this.#entries.delete(module);
    this.#modules.delete(id);
  }
}
