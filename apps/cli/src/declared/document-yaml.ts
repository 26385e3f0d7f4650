import { Document, Scalar, visit } from 'yaml'
import { fileTag } from './yaml-text.ts'

/** As `safeJson` escapes them. */
const farControls = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

/** In the order in which one refers to another. */
const order = ['account', 'certificates', 'trusts', 'mappings', 'appKeys', 'settings']

/** What config-api answers as a document, so that the same account is the same text. @param json as it came */
export function exportedYaml(json: string): string {
  const document = JSON.parse(json)
  const mappings = Object.entries(Object(document.mappings)).map(([name, mapping]) => {
    const { targetAuth, ...rest } = Object(mapping)
    return [name, targetAuth === undefined ? rest : { ...rest, targetAuth: withoutTold(targetAuth) }]
  })
  return documentYaml({ ...document, mappings: Object.fromEntries(mappings) })
}

/** Without what answers tell of secrets, which nobody declares. */
function withoutTold(auth: unknown): object {
  const { hasSecret, secretSetAt, secretSetBy, headers, ...rest } = Object(auth)
  return { ...rest, ...(Array.isArray(headers) && { headers: headers.map(withoutTold) }) }
}

/** A document as YAML: kinds in their order, and what they have by name. */
export function documentYaml(document: Readonly<Record<string, unknown>>): string {
  const kinds = Object.entries(document).toSorted(([one], [other]) => rankOf(one) - rankOf(other))
  const sorted = Object.fromEntries(kinds.map(([kind, named]) => [kind, byName(named)]))
  const yaml = new Document(sorted, { schema: 'core', customTags: [fileTag], aliasDuplicateObjects: false })
  visit(yaml, {
    Scalar: (_, scalar) => {
      // What a terminal must not be told is escaped later, which takes quotes.
      if (typeof scalar.value === 'string' && farControls.test(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE
    },
  })
  return yaml.toString({ lineWidth: 0 })
}

function rankOf(kind: string): number {
  const at = order.indexOf(kind)
  return at === -1 ? order.length : at
}

/** By the numbers of their characters, which is the same on every machine. */
function byName(named: unknown): unknown {
  if (typeof named !== 'object' || named === null || Array.isArray(named)) return named
  return Object.fromEntries(Object.entries(named).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
