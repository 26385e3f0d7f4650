import { CliFailure } from '../cli-failure.ts'

/** Without a slash at the end. `source` names the option, for the error. @throws CliFailure */
export function parseBaseUrl(text: string, source: string): string {
  const url = URL.parse(text)
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (!isHttp || /[?#@\s]/.test(text)) {
    throw new CliFailure('wrongUse', `${source} must be an http or https url without user, query and fragment.`)
  }
  return text.replace(/(?<!\/)\/+$/, '')
}
