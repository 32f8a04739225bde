/** What a call would do to checkouts: the counterpart of the plan of links. Pure. */

/** One checkout that a call would make or move. */
export interface CheckoutChange {
  /** The name of the repository. */
  readonly repo: string;
  readonly action: 'clone' | 'update';
  /** The folder of the checkout. */
  readonly path: string;
  readonly branch: string;
  /** The commit that is checked out; null for a clone. */
  readonly before: string | null;
  /** The commit that would be. */
  readonly after: string;
}

/** The checkouts of one call. At most one per repository. */
export interface CheckoutPlan {
  readonly checkouts: readonly CheckoutChange[];
}
