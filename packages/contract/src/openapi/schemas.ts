import { z } from 'zod'

export type JsonSchema = Readonly<Record<string, unknown>>

const schemasPath = '#/components/schemas/'

/** The schemas of a document: each that has a name is a component, and is referred to. */
export class DocumentSchemas {
  readonly #components = new Map<string, JsonSchema>()
  /** The schema of problems is asked for some 300 times, and takes 7 ms each. */
  readonly #known = { input: new Map<z.ZodType, JsonSchema>(), output: new Map<z.ZodType, JsonSchema>() }

  /** By name, sorted. */
  get components(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#components].sort(([one], [other]) => (one < other ? -1 : 1)))
  }

  /** What comes in. */
  ofRequest(schema: z.ZodType): JsonSchema {
    return this.#add(schema, 'input')
  }

  /** What goes out. Clients must take fields that come later, so nothing forbids them here. */
  ofAnswer(schema: z.ZodType): JsonSchema {
    return this.#add(schema, 'output')
  }

  /** A schema that is made from others. */
  named(name: string, schema: JsonSchema): JsonSchema {
    this.#components.set(name, schema)
    return { $ref: `${schemasPath}${name}` }
  }

  #add(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const known = this.#known[io].get(schema) ?? this.#convert(schema, io)
    this.#known[io].set(schema, known)
    return known
  }

  #convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const {
      $defs = {},
      $schema: _,
      ...rest
    } = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
    })
    for (const [name, definition] of Object.entries($defs)) this.#components.set(name, plain(definition, io))
    return plain(rest, io)
  }
}

/** Takes away what tools of other languages trip over, and what says nothing to them. */
function tidy(schema: Record<string, unknown>, io: 'input' | 'output'): void {
  // The pattern of a date-time says no more than its format.
  if (schema.format === 'date-time') delete schema.pattern
  delete schema.propertyNames
  dropUndocumented(schema.properties)
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties
  if (schema.type === 'integer') dropSafeLimits(schema)
  if (Array.isArray(schema.anyOf)) joinNull(schema, schema.anyOf)
}

/** Fields that are taken, but have the name of another one in languages that write names in a style of their own. */
function dropUndocumented(properties: unknown): void {
  if (typeof properties !== 'object' || properties === null) return
  for (const [name, property] of Object.entries(properties)) {
    if (property.undocumented === true) Reflect.deleteProperty(properties, name)
  }
}

/** The limits of JavaScript's safe integers; an id is told its own. */
function dropSafeLimits(schema: Record<string, unknown>): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER && schema.format !== 'int64') delete schema.maximum
}

/** `type: [string, null]` instead of two schemas, which generated clients make a class of. */
function joinNull(
  schema: Record<string, unknown>,
  [value, nothing, ...more]: readonly Record<string, unknown>[],
): void {
  if (nothing?.type !== 'null' || more.length > 0 || typeof value?.type !== 'string' || 'enum' in value) return
  delete schema.anyOf
  Object.assign(schema, { ...value, ...schema, type: [value.type, 'null'] })
}

/** As JSON has it, tidied from the inside out, with references to components. */
function plain(schema: object, io: 'input' | 'output'): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) => {
    if (key === '$ref' && typeof value === 'string') return value.replace('#/$defs/', schemasPath)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) tidy(value as Record<string, unknown>, io)
    return value
  })
}
