/** On a terminal, unless the user has `NO_COLOR` (no-color.org: set, and not empty). */
export function usesColour(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment.NO_COLOR
}

/** `code` is a parameter of ECMA-48's "select graphic rendition". */
export function paint(text: string, code: number, colour: boolean): string {
  return colour ? `\u001b[${code}m${text}\u001b[0m` : text
}
