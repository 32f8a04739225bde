import { counted } from '../../base/text.ts';
import type { Series } from '../../manifest/series.ts';
import type { Remote } from '../../sources/remote/remote.ts';
import type { RemoteFault, RemoteFaultKind } from '../../sources/remote/remote-fault.ts';
import { refuseRemote } from '../checkouts/remote-refusals.ts';
import type { FailedRepository, IndexedSeries, SourceIndexReport } from './index-report.ts';
import type { IndexedBranch, IndexedRepository } from './index-repository.ts';

/** After so many that could not be reached, and none that could, the others are not tried. */
const MOST_LOST = 8;
/** Faults that the next repository of the same remote will have, too. */
const LASTING: ReadonlySet<RemoteFaultKind> = new Set([
  'unreachable',
  'unknown_host_key',
  'unauthorised',
  'no_space',
  'no_git',
]);

type Counts = Pick<IndexedSeries, 'new' | 'changed' | 'unchanged' | 'without_branch'>;

/** Counts what becomes of repositories while they are looked at. */
export class Tally {
  readonly #remote: Remote;
  readonly #branches: IndexedBranch[] = [];
  readonly #failed: FailedRepository[] = [];
  readonly #absent: string[] = [];
  readonly #whole: string[] = [];
  #done = 0;
  #read = 0;
  #lost = 0;
  #isReached = false;

  constructor(remote: Remote) {
    this.#remote = remote;
  }

  add(repo: string, { branches, read, sent }: IndexedRepository): void {
    this.#done++;
    this.#isReached = true;
    this.#read += read;
    this.#branches.push(...branches);
    if (sent === 'everything') this.#whole.push(repo);
  }

  addFault(repo: string, fault: RemoteFault): void {
    this.#done++;
    this.addListing(repo, fault);
    if (LASTING.has(fault.kind)) this.#lost++;
  }

  /** The list of repositories could not be read; it is none of those that are looked at. */
  addListing(repo: string, fault: RemoteFault): void {
    // The command is an operator's.
    const { message, hint = '' } = refuseRemote(repo, 'fetched', this.#remote, fault, true);
    this.#failed.push({ repo, kind: fault.kind, message, hint });
  }

  addAbsent(repo: string): void {
    this.#done++;
    this.#isReached = true;
    this.#absent.push(repo);
  }

  /** Whether nothing has been reached, often enough. */
  get isHopeless(): boolean {
    return !this.#isReached && this.#lost >= MOST_LOST;
  }

  /** How many repositories have been looked at. */
  get done(): number {
    return this.#done;
  }

  /** How far the work is. @param repo The repository that was looked at last. */
  describe(repo: string, total: number): string {
    const changed = this.#branches.filter(({ change }) => change === 'new' || change === 'changed').length;
    const failed = this.#failed.length === 0 ? '' : `, ${this.#failed.length} failed`;
    return `${this.#done} of ${counted(total, 'repository', 'repositories')}, ${changed} new or changed${failed}: ${repo}`;
  }

  ofSeries(series: Series): Counts {
    const of = this.#branches.filter((branch) => branch.series === series);
    const count = (wanted: IndexedBranch['change']) => of.filter(({ change }) => change === wanted).length;
    return {
      new: count('new'),
      changed: count('changed'),
      unchanged: count('unchanged'),
      without_branch: count('none'),
    };
  }

  report(): Pick<SourceIndexReport, 'failed' | 'absent' | 'sent_whole' | 'manifests_read'> {
    return {
      failed: this.#failed.toSorted((a, b) => (a.repo < b.repo ? -1 : 1)),
      absent: this.#absent.toSorted(),
      sent_whole: this.#whole.toSorted(),
      manifests_read: this.#read,
    };
  }
}
