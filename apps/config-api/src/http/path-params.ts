import {
  type AccountId,
  type CertificateId,
  certificateNotFound,
  type MappingId,
  mappingNotFound,
  parseAccountId,
  parseCertificateId,
  parseMappingId,
} from '@mtls-gateway/domain'
import { Injectable, Param, type PipeTransform } from '@nestjs/common'

@Injectable()
class AccountIdPipe implements PipeTransform<string, AccountId> {
  transform(text: string): AccountId {
    return parseAccountId(text)
  }
}

@Injectable()
class CertificateIdPipe implements PipeTransform<string, CertificateId> {
  transform(text: string): CertificateId {
    const id = parseCertificateId(text)
    if (id === undefined) throw certificateNotFound(text)
    return id
  }
}

@Injectable()
class MappingIdPipe implements PipeTransform<string, MappingId> {
  transform(text: string): MappingId {
    const id = parseMappingId(text)
    if (id === undefined) throw mappingNotFound(text)
    return id
  }
}

/** `{accountId}` of the path. */
export const AccountParam = (): ParameterDecorator => Param('accountId', AccountIdPipe)

/** `{certificateId}` of the path. Anything that can't be an id is not found. */
export const CertificateParam = (): ParameterDecorator => Param('certificateId', CertificateIdPipe)

/** `{mappingId}` of the path. Anything that can't be an id is not found. */
export const MappingParam = (): ParameterDecorator => Param('mappingId', MappingIdPipe)
