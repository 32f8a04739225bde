/** The keys that Odoo 14.0 to 19.0 reads, and those in use in the OCA and in the app store. */
const KNOWN_KEYS = new Set(
  [
    'active application assets author auto_install bootstrap category contributors countries css data demo demo_xml',
    'depends description excludes external_dependencies icon images images_preview_theme init_xml installable js',
    'license live_test_url maintainer name new_page_templates post_init_hook post_load pre_init_hook qweb sequence',
    'snippet_lists summary test theme_customizations uninstall_hook update_xml url version web website',
    'cloc_exclude configurator_snippets configurator_snippets_addons iap_paid_service support price currency',
    'certificate complexity development_status maintainers',
  ].flatMap((line) => line.split(' ')),
);

/**
 * The known key that an unknown one differs from by one letter or two swapped letters: `license` for `licence`,
 * `summary` for `sumamry`. `undefined` for a known key, and for one that resembles none.
 */
export function meantKey(key: string): string | undefined {
  if (KNOWN_KEYS.has(key) || key.length < 4 || key.length > 40) return undefined;
  for (const known of KNOWN_KEYS)
    if (known.length > 3 && isOneEditAway(key.toLowerCase(), known)) return known;
  return undefined;
}

function isOneEditAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  if (a.length > b.length) return a.slice(start + 1) === b.slice(start);
  if (a.length < b.length) return a.slice(start) === b.slice(start + 1);
  if (a.slice(start + 1) === b.slice(start + 1)) return true;
  return a[start] === b[start + 1] && a[start + 1] === b[start] && a.slice(start + 2) === b.slice(start + 2);
}
