declare const value: unique symbol

/** A name by which Nest injects what is no class: an interface or a plain value. At run time it is just a symbol. */
export type Token<Value> = symbol & { readonly [value]: Value }

/** @param name shown where Nest reports that something can't be injected */
export function token<Value>(name: string): Token<Value> {
  // Only the compiler knows about the value.
  return Symbol(name) as Token<Value>
}
