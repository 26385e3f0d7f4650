import { Option } from '@commander-js/extra-typings'

/** An option that may be given several times; each time with one value, so that it takes no argument that follows. */
export function repeatable<Flags extends string, T>(flags: Flags, description: string, parse: (text: string) => T) {
  return new Option(flags, `${description}; may be repeated`)
    .argParser((text, before: readonly T[]) => [...before, parse(text)])
    .default<readonly T[]>([], 'none')
}
