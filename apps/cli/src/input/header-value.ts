import { CliFailure } from '../cli-failure.ts'

/**
 * A text that can be sent as a header (RFC 9110 section 5.5). The error names `option`, not the text.
 * @throws CliFailure
 */
export function headerValue(text: string, option: string): string {
  const value = text.trim()
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value
  throw new CliFailure(
    'wrongUse',
    `${option} has characters that can not be sent in a header; percent-encode them in urls.`,
  )
}

/** What a command sends by itself, as it is part of the signature or is the signature. */
const ofOptions = new Map([
  ['authorization', 'What the target gets is given by --authorization-file'],
  ['content-type', 'It is given by --content-type'],
])

/** `name: value` as it is given on a command line. @throws CliFailure */
export function headerLine(line: string): readonly [name: string, value: string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/s.exec(line) ?? []
  if (name === undefined || value === undefined) throw new CliFailure('wrongUse', "--header takes 'name: value'.")
  const lowerCase = name.toLowerCase()
  const instead = lowerCase.startsWith('lp-') ? 'It is for the gateway' : ofOptions.get(lowerCase)
  if (instead !== undefined) throw new CliFailure('wrongUse', `--header does not take ${name}. ${instead}.`)
  return [name, headerValue(value, '--header')]
}
