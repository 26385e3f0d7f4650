import type { CertificateId } from './ids.ts'

/** What the usage of a certificate is counted by. */
export function certificateUse(id: CertificateId): string {
  return `certificate:${id}`
}

/** What the usage of an app key is counted by. @param appKey as clients have it, `{accountId}.{id}` */
export function appKeyUse(appKey: string): string {
  return `app-key:${appKey}`
}
