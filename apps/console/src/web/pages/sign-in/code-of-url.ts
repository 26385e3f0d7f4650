/** The code of `#code=...`, which is then gone from the url and from the history. */
export function codeOfUrl(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code === null || code === '') return undefined
  history.replaceState(history.state, '', location.pathname + location.search)
  return code
}
