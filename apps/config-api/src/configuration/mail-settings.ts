import { checkMailAddress } from '@mtls-gateway/domain'
import {
  type Configuration,
  type ConfigurationRule,
  choice,
  field,
  isLoopback,
  secretFilePath,
} from '@mtls-gateway/service-kit'
import { z } from 'zod'

const url = field('SMTP_URL', z.string().refine(isSmtpUrl, 'must be smtp:// or smtps://, a host and no password'), {
  example: 'smtp://gateway@mail.example:587',
  meaning:
    'Mail server for notices, with the user to log in as: `smtps` begins with TLS, `smtp` demands STARTTLS. Without it, nobody is told by mail.',
})

const from = field('SMTP_FROM', z.string().refine(isMailAddress, 'must be one mail address'), {
  example: 'mtls-gateway@bank.example',
  meaning: 'Address that notices come from.',
})

const passwordFile = secretFilePath('SMTP_PASSWORD_FILE', {
  example: '/run/secrets/smtp-password',
  meaning: 'File with the password of the user in `SMTP_URL`; read for each delivery.',
})

/** The server that notices go to people by, if there is one. */
export const mailSettings = {
  smtpUrl: url,
  smtpFrom: from,
  smtpPasswordFile: passwordFile,
  smtpTls: choice('SMTP_TLS', ['required', 'plain'], {
    default: 'required',
    meaning: '`plain` sends mail without TLS, which only a server on this host may get.',
  }),
}

export type MailSettings = Configuration<typeof mailSettings>

export const mailRule: ConfigurationRule<MailSettings> = (values) => {
  const { smtpUrl, smtpTls } = values
  if (smtpUrl === undefined) return []
  const { hostname, username, protocol } = new URL(smtpUrl)
  const faults = []
  if ('smtpFrom' in values && values.smtpFrom === undefined) {
    faults.push({
      variable: from.variable,
      problem: `is required together with ${url.variable}`,
      example: from.example,
    })
  }
  if ('smtpPasswordFile' in values && (values.smtpPasswordFile === undefined) !== (username === '')) {
    const problem = `goes together with a user in ${url.variable}: set both, or neither`
    faults.push({ variable: passwordFile.variable, problem, example: passwordFile.example })
  }
  if (smtpTls === 'plain' && (protocol !== 'smtp:' || !isLoopback(hostname))) {
    const problem = `may be plain only for smtp:// and a server on this host, which ${url.variable} does not name`
    faults.push({ variable: 'SMTP_TLS', problem, example: 'required' })
  }
  return faults
}

function isSmtpUrl(text: string): boolean {
  const parsed = URL.parse(text)
  if (!parsed || !['smtp:', 'smtps:'].includes(parsed.protocol) || parsed.hostname === '') return false
  return parsed.password === '' && /^\/?$/.test(parsed.pathname) && !/[?#\s]/.test(text)
}

function isMailAddress(text: string): boolean {
  try {
    return checkMailAddress(text) === text
  } catch {
    return false
  }
}
