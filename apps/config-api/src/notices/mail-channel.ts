import { readFile } from 'node:fs/promises'
import { CodedError } from '@mtls-gateway/domain'
import type { Transporter } from 'nodemailer'
import type { MailSettings } from '../configuration/mail-settings.ts'
import type { NoticeAddress, NoticeChannel, NoticeTest } from './notice-channel.ts'
import { headline, messageText, type NoticeEvent } from './notice-event.ts'

/** One step of the conversation with a mail server; there are a few. */
const stepMs = 10_000
/** All of it. */
const deadlineMs = 30_000
/** How long no notice is sent by a server that was not there: each try would keep others waiting for theirs. */
const pauseMs = 60_000

/** What a mail server that failed said, and nothing of the mail or its address. */
interface MailFailure {
  /** As nodemailer or Node names it. */
  readonly code: string
  /** As SMTP numbers it; null: the server said nothing. */
  readonly status: number | null
}

type MailReply = { readonly failure: MailFailure } | { readonly failure?: undefined }

/** People are told by mail: plain text, one mail for all that is told at once. */
export class MailChannel implements NoticeChannel {
  readonly #settings: MailSettings
  /** Milliseconds since 1970. */
  #pausedUntil = 0

  constructor(settings: MailSettings) {
    this.#settings = settings
  }

  get isConfigured(): boolean {
    return this.#settings.smtpUrl !== undefined
  }

  async send({ to, accountId }: NoticeAddress, events: readonly NoticeEvent[], signal: AbortSignal) {
    if (Date.now() < this.#pausedUntil) throw new Error('the mail was not delivered: the server failed a moment ago')
    signal.throwIfAborted()
    const subject = headline(
      accountId,
      events.map(({ type }) => type),
    )
    const { failure } = await this.#deliver(to, subject, messageText(events), signal)
    if (failure === undefined) return events
    if (isOfServer(failure)) this.#pausedUntil = Date.now() + pauseMs
    throw new Error(`the mail was not delivered: ${failure.code}${failure.status === null ? '' : ` ${failure.status}`}`)
  }

  async test({ to, accountId }: NoticeAddress): Promise<NoticeTest> {
    const subject = headline(accountId, ['test'])
    const text = ['Notices of this account will come like this one: there is nothing to do.']
    const { failure } = await this.#deliver(to, subject, text)
    if (failure === undefined) {
      const explanation = 'The mail server took the mail. Look into the mailbox, and among what it took for spam.'
      return { delivered: true, status: 250, code: null, explanation }
    }
    const { status } = failure
    return { delivered: false, status, code: status === null ? failure.code : null, explanation: mailSentence(failure) }
  }

  /**
   * Connects and logs in as a delivery does, and sends nothing. @returns what is wrong, and how to fix it
   * @throws CodedError `MAIL_NOT_CONFIGURED`
   */
  async check(): Promise<string | undefined> {
    const { failure } = await this.#talk((transport) => transport.verify())
    return failure && mailSentence(failure)
  }

  #deliver(to: string, subject: string, lines: readonly string[], signal?: AbortSignal): Promise<MailReply> {
    const { smtpFrom = '' } = this.#settings
    return this.#talk((transport) => {
      return transport.sendMail({
        from: { name: 'mTLS gateway', address: smtpFrom },
        to: { name: '', address: to },
        subject,
        text: `${lines.join('\n\n')}\n`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
    }, signal)
  }

  /** On a connection of its own. @throws CodedError `MAIL_NOT_CONFIGURED` */
  async #talk(work: (transport: Transporter) => Promise<unknown>, signal?: AbortSignal): Promise<MailReply> {
    const { smtpUrl, smtpPasswordFile, smtpTls } = this.#settings
    if (smtpUrl === undefined) throw mailNotConfigured()
    const { hostname, port, protocol, username } = new URL(smtpUrl)
    const secure = protocol === 'smtps:'
    const { createTransport } = await import('nodemailer')
    const deadline = AbortSignal.timeout(deadlineMs)
    const ends = signal ? AbortSignal.any([signal, deadline]) : deadline
    try {
      // Read each time: it may have been replaced.
      const pass = smtpPasswordFile === undefined ? undefined : (await readFile(smtpPasswordFile, 'utf8')).trim()
      const transport = createTransport({
        host: hostname.replace(/^\[|\]$/g, ''),
        port: port === '' ? (secure ? 465 : 587) : Number(port),
        secure,
        requireTLS: smtpTls === 'required',
        ignoreTLS: smtpTls === 'plain',
        ...(pass !== undefined && { auth: { user: decodeURIComponent(username), pass } }),
        connectionTimeout: stepMs,
        greetingTimeout: stepMs,
        socketTimeout: stepMs,
        dnsTimeout: stepMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      try {
        await Promise.race([work(transport), aborted(ends)])
      } finally {
        transport.close()
      }
      return {}
    } catch (error) {
      return { failure: failureOf(error) }
    }
  }
}

/** For settings and tests that name a mail address where no mail can be sent. */
export function mailNotConfigured(): CodedError {
  return new CodedError(
    'MAIL_NOT_CONFIGURED',
    'This gateway sends no mail. Use another channel, or ask its operator to set SMTP_URL.',
  )
}

async function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  const fail = () => reject(Object.assign(new Error('the mail server took too long'), { code: 'ETIMEDOUT' }))
  if (signal.aborted) fail()
  signal.addEventListener('abort', fail, { once: true })
  return promise
}

function failureOf(error: unknown): MailFailure {
  const { code, responseCode } = (error ?? {}) as { readonly code?: unknown; readonly responseCode?: unknown }
  return {
    code: typeof code === 'string' && /^[A-Z_0-9]{1,64}$/.test(code) ? code : 'EMAIL',
    status: typeof responseCode === 'number' ? responseCode : null,
  }
}

/** Not what it says of one address: that is a permanent answer to RCPT or to the message. */
function isOfServer({ code, status }: MailFailure): boolean {
  return status === null || code === 'EAUTH' || code === 'ETLS' || code === 'ECONNECTION'
}

function mailSentence({ code, status }: MailFailure): string {
  if (code === 'EAUTH') {
    return 'The mail server did not accept the login. The operator of this gateway has to check SMTP_URL and SMTP_PASSWORD_FILE.'
  }
  if (code === 'ETLS') {
    return 'The mail server offers no TLS that this gateway accepts. Its operator has to fix that, or use smtps://.'
  }
  if (status === null) {
    return 'The mail server could not be reached, or did not answer in time. The operator of this gateway has to check SMTP_URL.'
  }
  if (status >= 500) return `The mail server refused the mail (${status}). Check the address.`
  return `The mail server did not take the mail now (${status}). Notices are sent again later.`
}
