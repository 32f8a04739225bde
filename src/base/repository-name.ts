/** How people write a repository: by its folder's name, by its path, as `OCA/web`, or by the address it is cloned from. */

/** `https://host/...`, `ssh://git@host/...`, or `git@host:...` as ssh has it. What follows is the path on the host. */
const ADDRESS = /^(?:[a-z+]{1,20}:\/\/[^/]+\/|[\w.-]{1,64}@[^/:]+:)(.*)$/i;
/** What follows a repository in the address of one of its pages. */
const PAGE = /\/(?:-|tree|blob|branches|commits?|issues|pull)(?:\/.*)?$/;

/**
 * The name that a text ends with: `web` for `web`, `OCA/web`, `https://github.com/OCA/web.git` and `/srv/oca/web`. A text
 * without a slash and a path keep a `.git` at the end: folders may be called so.
 */
export function repositoryName(text: string): string {
  return partsOf(text).name;
}

/** Whether a text names a repository of the OCA: `OCA/web`, or its address. GitHub ignores the case of the owner. */
export function isOfOca(text: string): boolean {
  return partsOf(text).owner.toLowerCase() === 'oca';
}

function partsOf(text: string): { owner: string; name: string } {
  const onHost = ADDRESS.exec(text)?.[1];
  const path = withoutSlashes(onHost?.replace(/[?#].*$/, '').replace(PAGE, '') ?? text);
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (path.startsWith('/') || (onHost === undefined && slash < 0)) return { owner: '', name };
  // In `group/OCA/web`, the OCA is not the owner.
  return { owner: path.slice(0, Math.max(slash, 0)), name: name.replace(/\.git$/, '') };
}

/** Without the slashes at its end: a regular expression would take the square of their number of steps. */
function withoutSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end--;
  return text.slice(0, end);
}
