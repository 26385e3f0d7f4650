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

/** `name: value` as it is given on a command line. @throws CliFailure */
export function headerLine(line: string): readonly [name: string, value: string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/s.exec(line) ?? []
  if (name !== undefined && value !== undefined) return [name, headerValue(value, '--header')]
  throw new CliFailure('wrongUse', "--header takes 'name: value'.")
}
