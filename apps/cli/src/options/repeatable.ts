import { InvalidArgumentError, Option } from '@commander-js/extra-typings'

/** An option that may be given several times; each time with one value, so that it takes no argument that follows. */
export function repeatable<Flags extends string, T>(flags: Flags, description: string, parse: (text: string) => T) {
  return new Option(flags, `${description}; may be repeated`)
    .argParser((text, before: readonly T[]) => [...before, parse(text)])
    .default<readonly T[]>([], 'none')
}

/** An option that may be given several times, each time with one of these words. */
export function repeatableChoice<Flags extends string, const Word extends string>(
  flags: Flags,
  description: string,
  words: readonly Word[],
) {
  const option = repeatable(flags, description, (text) => {
    const word = words.find((each) => each === text)
    if (word === undefined) throw new InvalidArgumentError(`Allowed choices are ${words.join(', ')}.`)
    return word
  })
  // For its help and completion. `choices()` would read the value as well, and forget those before it.
  option.argChoices = [...words]
  return option
}
