import type { LinkReport, ReportedLink } from '../../../src/services/link/link-call.ts';

/** A link of a report, of the repository `web` outside git. */
export const link = (module: string, more: Partial<ReportedLink> = {}): ReportedLink => ({
  module,
  action: 'create',
  link: `/linked/${module}`,
  source: `/oca/web/${module}`,
  family: 'oca',
  repo: 'web',
  branch: null,
  commit: null,
  dirty: null,
  version: '17.0.1.0.0',
  license: 'AGPL-3',
  auto_install: false,
  required_by: [],
  ...more,
});

type Report = LinkReport & { readonly removed?: readonly string[] };

/** What a link call did; by default it linked `a`. */
export const report = (more: Partial<Report> = {}): Report => ({
  status: 'linked',
  instance: 'prod',
  series: '17.0',
  target_dir: '/linked',
  links: [link('a')],
  satisfied: [],
  external_dependencies: { python: [], bin: [] },
  warnings: [],
  next_steps: [],
  ...more,
});
