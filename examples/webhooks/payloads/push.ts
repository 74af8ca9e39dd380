/** `push`: commits arrived on a branch, or a branch or tag was made or deleted. */
import { Type } from 'class-transformer';
import {
  Equals,
  IsArray,
  IsBoolean,
  IsDefined,
  IsString,
  Matches,
  ValidateNested,
} from 'class-validator';
import { Delivery, Repository } from './delivery.js';

const SHA = /^[0-9a-f]{40}$/;

export class Commit {
  @Matches(SHA)
  id!: string;

  @IsString()
  message!: string;
}

export class PushReceived extends Delivery {
  @Matches(/^refs\/(heads|tags)\/./)
  ref!: string;

  @Matches(SHA)
  after!: string;

  @IsBoolean()
  deleted!: boolean;

  /** A push has none. */
  @Equals(undefined)
  override action: undefined;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Commit)
  commits!: Commit[];

  @IsDefined()
  @ValidateNested()
  @Type(() => Repository)
  override repository!: Repository;
}
