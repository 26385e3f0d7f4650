import { field } from '@mtls-gateway/service-kit'
import { z } from 'zod'

/** Links that carry a code lead there: nobody else may see it on its way. */
export const consoleUrl = field(
  'CONSOLE_URL',
  z
    .string()
    .refine(isConsoleUrl, 'must be an https url without user, query and fragment (http is for this host alone)')
    .transform((text) => text.replace(/(?<!\/)\/+$/, '')),
  {
    example: 'https://console.example',
    meaning:
      'Url of the console, for the links of invitations and handovers. Without it, they have a code but no link.',
  },
)

const thisHost = ['localhost', '127.0.0.1', '[::1]']

function isConsoleUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || /[?#@\s]/.test(text)) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && thisHost.includes(url.hostname))
}
