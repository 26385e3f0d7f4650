import { InvalidArgumentError } from '@commander-js/extra-typings'

/** Reads the value of an option, up to five digits. @param unit `days` */
export function wholeNumberOf(unit: string): (text: string) => number {
  return (text) => {
    if (/^\d{1,5}$/.test(text)) return Number(text)
    throw new InvalidArgumentError(`It is a whole number of ${unit}.`)
  }
}
