import { shellWord } from '@mtls-gateway/contract/words'
import { tlsOf, tlsWords } from '../../ui/target-tls.ts'
import type { MappingDraft } from './mapping-draft.ts'
import { signatureWords } from './message-signature-draft.ts'
import { authWords, hasNewSecret } from './target-auth-draft.ts'

/** The line of `mtls` for a mapping that is made. What has lines of its own, comes from a file. */
export function mapCommand(draft: MappingDraft, serviceName: string, certificateName: string): string {
  const words = ['mtls map', word(certificateName, 'CERTIFICATE'), '--service-name', word(serviceName, 'SERVICE')]
  words.push('--url', word(draft.url, 'URL'), '--name', word(draft.name, 'NAME'))
  if (!draft.enable) words.push('--disabled')
  return [...words, ...sharedWords(draft)].join(' ')
}

/** None if nothing is changed. */
export function editCommand(
  draft: MappingDraft,
  before: MappingDraft,
  serviceName: string,
  certificateName: string,
): string | undefined {
  const words: string[] = []
  if (draft.name !== before.name) words.push('--name', word(draft.name, 'NAME'))
  if (draft.serviceId !== before.serviceId) words.push('--service-name', word(serviceName, 'SERVICE'))
  if (draft.url !== before.url) words.push('--url', word(draft.url, 'URL'))
  if (draft.certificationId !== before.certificationId)
    words.push('--certificate', word(certificateName, 'CERTIFICATE'))
  if (before.answerTimeoutSeconds !== '' && draft.answerTimeoutSeconds === '') words.push('--remove-answer-timeout')
  const isTrusted = (one: MappingDraft) => one.trust + one.caCertificates + one.spkiPins + one.serverName !== ''
  if (isTrusted(before) && !isTrusted(draft)) words.push('--remove-target-trust')
  if (tlsOf(before) !== null && tlsOf(draft) === null) words.push('--remove-target-tls')
  if (before.authType !== '' && draft.authType === '') words.push('--remove-target-auth')
  if (before.signatureScheme !== '' && draft.signatureScheme === '') words.push('--remove-signature')
  const isChanged = sharedWords(draft).join(' ') !== sharedWords(before).join(' ')
  if (isChanged || hasNewSecret(draft)) words.push(...sharedWords(draft))
  const lines = words.length === 0 ? [] : [['mtls mappings edit', shellWord(before.name), ...words].join(' ')]
  if (draft.enable !== before.enable) {
    lines.push(`mtls mappings ${draft.enable ? 'enable' : 'disable'} ${shellWord(draft.name)}`)
  }
  return lines.length === 0 ? undefined : lines.join('\n')
}

function sharedWords(draft: MappingDraft): string[] {
  const { answerTimeoutSeconds, caCertificates, trust, spkiPins, serverName } = draft
  const pins = spkiPins.split(/\s+/).filter((pin) => pin !== '')
  return [
    ...(answerTimeoutSeconds === '' ? [] : ['--answer-timeout', shellWord(answerTimeoutSeconds)]),
    ...(trust === '' ? [] : ['--trust', shellWord(trust)]),
    ...(trust !== '' || caCertificates.trim() === '' ? [] : ['--target-trust', 'target-ca.pem']),
    ...pins.flatMap((pin) => ['--target-pin', shellWord(pin)]),
    ...(serverName === '' ? [] : ['--target-server-name', shellWord(serverName)]),
    ...tlsWords(draft),
    ...authWords(draft),
    ...signatureWords(draft),
  ]
}

function word(text: string, placeholder: string): string {
  return text === '' ? placeholder : shellWord(text)
}
