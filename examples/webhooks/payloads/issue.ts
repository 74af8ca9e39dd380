/** `issues`: an issue was opened, labelled, moved, closed … */
import { Type } from 'class-transformer';
import {
  IsDefined,
  IsIn,
  IsInt,
  IsOptional,
  IsPositive,
  IsString,
  Matches,
  ValidateNested,
} from 'class-validator';
import { Delivery, Repository } from './delivery.js';

export class Issue {
  @IsInt()
  @IsPositive()
  number!: number;

  @IsString()
  title!: string;

  @IsOptional()
  @IsString()
  body?: string | null;

  /** GitHub leaves it out when an issue is pinned. */
  @IsOptional()
  @IsIn(['open', 'closed'])
  state?: 'open' | 'closed';
}

export class IssueReceived extends Delivery {
  @Matches(/^[a-z_]+$/)
  override action!: string;

  @IsDefined()
  @ValidateNested()
  @Type(() => Issue)
  issue!: Issue;

  @IsDefined()
  @ValidateNested()
  @Type(() => Repository)
  override repository!: Repository;
}
