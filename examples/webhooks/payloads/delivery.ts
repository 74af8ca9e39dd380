/** What every GitHub delivery has in common. Fields keep the names that GitHub gives them on the wire. */
import { Type } from 'class-transformer';
import {
  IsDefined,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  ValidateNested,
} from 'class-validator';

/** The two headers that say what a body is. */
export class DeliveryHeaders {
  @IsUUID()
  id!: string;

  @Matches(/^[a-z][a-z0-9_]*$/)
  event!: string;
}

export class Account {
  @IsInt()
  id!: number;

  @IsString()
  @IsNotEmpty()
  login!: string;
}

export class Repository {
  @IsInt()
  id!: number;

  @Matches(/^[^/\s]+\/[^/\s]+$/, { message: '$property must look like owner/name' })
  full_name!: string;
}

/** The base of all payload classes. It is no event itself: what is emitted is one of its subclasses. */
export abstract class Delivery {
  @IsDefined()
  @ValidateNested()
  @Type(() => DeliveryHeaders)
  headers!: DeliveryHeaders;

  @IsOptional()
  @ValidateNested()
  @Type(() => Account)
  sender?: Account;

  /** Each payload class says whether it has one. */
  abstract action?: string | undefined;

  abstract repository?: Repository | undefined;

  /** `github.push`, `github.issues.opened`. */
  get topic(): string {
    const { event } = this.headers;
    return this.action === undefined ? `github.${event}` : `github.${event}.${this.action}`;
  }

  /** One line for logs. */
  get summary(): string {
    return `${this.sender?.login ?? 'somebody'}: ${this.topic} in ${this.repository?.full_name ?? 'no repository'}`;
  }
}

/** A delivery of an event that this backend has no class of its own for. */
export class OtherReceived extends Delivery {
  /** Becomes a segment of the topic, so it must not smuggle in a dot or a wildcard. */
  @IsOptional()
  @Matches(/^[\w-]+$/)
  override action?: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => Repository)
  override repository?: Repository;
}
