import {
  maxAppKeys,
  maxApprovalReason,
  maxApprovers,
  maxHandoverDays,
  maxHandoverMappings,
  maxHandoverNoteLength,
  maxHandovers,
  maxHandoversOfCertificate,
  maxInvitationDays,
  maxInvitations,
  maxNameLength,
  maxNoticeShares,
  maxNotices,
  maxProbedUrls,
  maxSignedBodyBytes,
  maxSigningKeys,
  maxTargetUrlBytes,
  maxTrusts,
  minEmergencyReason,
} from '@mtls-gateway/domain/words'
import { maxAskedIds } from './words.ts'

/** What a request may hold at most. Beyond it: 400 `LIMIT_EXCEEDED` naming field and limit; bodies 413. */
export const limits = {
  /** Characters of a name or label. */
  name: maxNameLength,
  /** Bytes of a url. */
  url: maxTargetUrlBytes,
  /** Characters of a password or passphrase. */
  password: 1_024,
  /** Bytes of a PKCS#12 file, or of PEM. */
  file: 256 * 1024,
  /** Characters of one as base64, with line breaks. */
  base64File: 512 * 1024,
  /** Bytes of a part of a form that is text. */
  formText: 1024 * 1024,
  /** Bytes of a JSON body of config-api. */
  configBody: 8 * 1024 * 1024,
  /** Bytes of a request to check mappings: 1,000 entries with the longest urls. */
  forwarderBody: 4 * 1024 * 1024,
  /** Certificates in a request. */
  certificates: 100,
  /** Mappings in a request. */
  mappings: 1_000,
  /** Mappings of a document: more than an account takes in most cases. */
  documentMappings: 10_000,
  /** Certificates of a document. */
  documentCertificates: 1_000,
  /** Parts of a document: more than it may have, so that each misspelt one is named. */
  documentParts: 20,
  /** Certificates that one document orders. */
  documentKeys: 500,
  /** Entries in a request to check mappings. */
  checkedMappings: 1_000,
  /** CA certificates of one `targetTrust`, or of one trust list. */
  trustedCas: 10,
  /** Trust lists of an account. */
  trusts: maxTrusts,
  /** Certificates in the `ca_chain` of an upload: a chain has 10, and its issuers may be cross-signed. */
  caChain: 20,
  /** Public key pins of one `targetTrust`. */
  spkiPins: 10,
  /** Ciphers of one `targetTls`. */
  tlsCiphers: 32,
  /** Groups of one `targetTls`. */
  tlsGroups: 16,
  /** Characters of the name of one of them. */
  tlsName: 64,
  /** Bytes of a secret that a target wants. */
  targetSecret: 4_096,
  /** More parameters of a token request. */
  tokenParameters: 20,
  /** Header fields of one `targetAuth`. */
  authHeaders: 10,
  /** What one `messageSignature` signs of a request. */
  signedHeaders: 20,
  /** More members of the protected header of a JWS. */
  protectedHeaders: 10,
  /** Characters of one of them, or of the id of a key. */
  protectedHeader: 1_024,
  /** Bytes of a body that a `messageSignature` signs. */
  signedBody: maxSignedBodyBytes,
  /** Seconds that a target may take to answer. */
  answerTimeoutSeconds: 600,
  /** App keys of an account. */
  appKeys: maxAppKeys,
  /** Services that an app key may be limited to. */
  appKeyServices: 20,
  /** Invitations of an account that have not expired. */
  invitations: maxInvitations,
  /** Days that an invitation lasts. */
  invitationDays: maxInvitationDays,
  /** Characters of the code of an invitation, which has at most 165. */
  invitationCode: 256,
  /** Bytes of the request that redeems one, which anybody may send. */
  redemption: 2_048,
  /** Recipients of notices of an account. */
  notices: maxNotices,
  /** Shares of the lifetime at which one of them is told. */
  noticeShares: maxNoticeShares,
  /** Handovers of an account that have not expired. */
  handovers: maxHandovers,
  /** Those of one certificate. */
  certificateHandovers: maxHandoversOfCertificate,
  /** Days that a handover lasts. */
  handoverDays: maxHandoverDays,
  /** Mappings that a handover asks about. */
  handoverMappings: maxHandoverMappings,
  /** Characters of the note in its answer. */
  handoverNote: maxHandoverNoteLength,
  /** Bytes of the request that opens or answers one, which anybody may send. */
  handoverAnswer: 8_192,
  /** Persons that the rule of approvals names. */
  approvers: maxApprovers,
  /** Characters of the subject of one of them. */
  approver: 512,
  /** Characters of the reason of a decision. */
  approvalReason: maxApprovalReason,
  /** Those that an emergency needs at least. */
  emergencyReason: minEmergencyReason,
  /** Signing keys of an account. */
  signingKeys: maxSigningKeys,
  /** Names in a signing request. */
  subjectAltNames: 100,
  /** Characters of one such name. */
  subjectAltName: 2_048,
  /** Urls that a probe names. */
  probedUrls: maxProbedUrls,
  /** Characters that a list is searched for: a whole url. */
  search: maxTargetUrlBytes,
  /** Ids that a list is asked for. */
  askedIds: maxAskedIds,
  /** Entries of a page. */
  page: 1_000,
  /** Issuers, key types or months that a summary of certificates names. */
  fleetCounts: 100,
  /** Days ahead in which certificates expire. */
  expiringWithinDays: 3_650,
  /** Characters of an Idempotency-Key. */
  idempotencyKey: 128,
} as const

/** Entries of a page of the audit trail that names no `limit`. */
export const defaultAuditPage = 100

/** Entries of a page of recent calls that names no `limit`. */
export const defaultCallsPage = 100
