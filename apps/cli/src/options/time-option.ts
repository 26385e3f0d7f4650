import { InvalidArgumentError } from '@commander-js/extra-typings'

const form = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/

/** Reads the value of an option: a day, which begins at midnight UTC, or a time with its zone (RFC 3339). */
export function timeOf(text: string): Date {
  const time = new Date(text)
  if (form.test(text) && !Number.isNaN(time.getTime())) return time
  throw new InvalidArgumentError('It is a day such as 2026-01-31, or a time such as 2026-01-31T09:30:00Z.')
}
