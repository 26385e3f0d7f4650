import { type SecretValue, StoreError } from '../port/secret-store.ts'

/**
 * A value as it goes to Vault: all of it as one string of JSON. OpenBao since 2.4 refuses a request with more than
 * 1,000 strings (`max_request_json_strings`; names count), which an account of sixty changes has.
 */
export interface OneString {
  readonly json: string
}

/** A secret's value, even if it was written before values were put into one string. @throws StoreError `damaged` */
export function writtenValue(stored: SecretValue): SecretValue {
  const { json, ...others } = stored
  if (typeof json !== 'string' || Object.keys(others).length > 0) return stored
  const value = parse(json)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged()
  // An object of JSON.
  return value as SecretValue
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // The parser's own message quotes what it read.
    throw damaged()
  }
}

function damaged(): StoreError {
  return new StoreError('damaged', 'What Vault holds there is not what was written.')
}
