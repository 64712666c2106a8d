// The address bar is the state: a page is a path, its filters are the query.

let at = $state({ path: location.pathname, search: location.search });

export const route = {
  get path(): string {
    return at.path;
  },
  get search(): string {
    return at.search;
  },
};

/** Goes to a path of this site; replace leaves no step in the history. */
export function go(to: string, { replace = false } = {}): void {
  const url = new URL(to, location.href);
  if (url.pathname === location.pathname && url.search === location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', url.pathname + url.search);
  read();
}

/** Follows plain clicks on links of this site without loading the page again. */
export function followLinks(root: HTMLElement): () => void {
  const onClick = (e: MouseEvent) => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    const a = (e.target as Element | null)?.closest?.('a');
    if (!a || a.target || a.hasAttribute('download') || a.origin !== location.origin) return;
    if (/^\/(api|media|tiles)\//.test(a.pathname)) return;
    e.preventDefault();
    go(a.pathname + a.search);
  };
  root.addEventListener('click', onClick);
  window.addEventListener('popstate', read);
  return () => {
    root.removeEventListener('click', onClick);
    window.removeEventListener('popstate', read);
  };
}

function read() {
  at = { path: location.pathname, search: location.search };
}
