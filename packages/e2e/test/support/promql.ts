/** A metric in a query, and how its series are chosen. */
export interface Selector {
  readonly metric: string
  readonly matchers: readonly Matcher[]
}

/** `label="value"`, or with one of the other operators. */
export interface Matcher {
  readonly label: string
  readonly value: string
}

const keywords = ['by', 'without', 'on', 'ignoring', 'and', 'or', 'unless', 'offset', 'bool']

/** What a query in PromQL reads. Metrics that stand alone, without `{}`, come without matchers. */
export function selectorsOf(query: string): readonly Selector[] {
  const selector = /([a-z_][a-z0-9_]*)\{((?:[^}"]|"[^"]*")*)\}/g
  const chosen = [...query.matchAll(selector)].map(([, metric = '', matchers = '']) => ({
    metric,
    matchers: [...matchers.matchAll(/([a-z_]+) *(?:=~|!~|!=|=) *"([^"]*)"/g)].map(([, label = '', value = '']) => {
      return { label, value }
    }),
  }))
  const rest = query
    .replaceAll(selector, '')
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\b(by|without|on|ignoring) *\([^)]*\)/g, '')
    .replaceAll(/\[[^\]]*\]|\boffset *\d+\w/g, '')
  const words = [...rest.matchAll(/\b[a-z_][a-z0-9_]*\b(?! *\()/g)].map(([word]) => word)
  const alone = words.filter((word) => !keywords.includes(word)).map((metric) => ({ metric, matchers: [] }))
  return [...chosen, ...alone]
}
