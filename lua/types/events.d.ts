// Types for editors (TypeScript) of the events. Generated from config/events.json; change it there, then build the target
// `events`. Not loaded by the game server.

/** A place in the game's world. */
export interface SonoranCadCoordinates {
  /** Metres. */
  x: number;
  /** Metres. */
  y: number;
  /** Metres. */
  z: number;
  /** Heading, degrees. */
  w?: number;
}

/** Who a unit is. */
export interface SonoranCadUnitData {
  /** Call sign: 2-L-14. */
  unitNum: string;
  name: string;
  district?: string;
  department?: string;
  subdivision?: string;
  rank?: string;
  /** The group that the unit is in; empty: none. */
  group?: string;
  /** -1 unknown, 0 police, 1 fire, 2 EMS, 3 dispatch. */
  page?: number;
  /** The community user id by which this unit is known to setPanic and the others. */
  communityUserId?: string;
  /** The same, where there are several. */
  communityUserIds?: string[];
  /** Their name of old. */
  apiIds?: string[];
}

/** A unit that is logged in. */
export interface SonoranCadUnit {
  /** The unit's number in the CAD, which other events name as identId. */
  id: number;
  /** The account's UUID. */
  accId?: string;
  /** 0 unavailable, 1 busy, 2 available, 3 en route, 4 on scene, 100 offline; communities may have others. */
  status: number;
  isPanic: boolean;
  location?: string;
  coordinates?: SonoranCadCoordinates;
  /** Area of patrol. */
  aop?: string;
  isDispatch?: boolean;
  data: SonoranCadUnitData;
}

/** A note on a call. */
export interface SonoranCadCallNote {
  time?: string;
  /** Who wrote it. */
  label?: string;
  /** text, or a kind of attachment. */
  type: string;
  content: string;
}

/** A dispatch call. */
export interface SonoranCadCall {
  callId: number;
  /** 0 caller, 1 radio dispatch, 2 observed, 3 walk-up. */
  origin?: number;
  /** 0 pending, 1 active, 2 closed. */
  status?: number | string;
  priority?: number | string;
  block?: string;
  address?: string;
  postal?: string;
  title?: string;
  code?: string;
  /** The primary unit's number. */
  primary?: number;
  /** The call's place follows the primary unit. */
  trackPrimary?: boolean;
  description?: string;
  /** A text where the call is an old one. */
  notes?: SonoranCadCallNote[] | string;
  /** The numbers of the units attached. */
  idents?: number[];
  /** Every value is a text, numbers and booleans too. */
  metaData?: Record<string, string>;
  /** When, as ISO 8601. */
  updated?: string;
}

/** A 911 call. */
export interface SonoranCadEmergencyCall {
  callId: number;
  isEmergency: boolean;
  caller: string;
  location: string;
  description: string;
  /** Every value is a text, numbers and booleans too. */
  metaData?: Record<string, string>;
}

/** A field of a record. */
export interface SonoranCadRecordField {
  uid: string;
  type: string;
  label: string;
  /** Mostly a text. */
  value?: unknown;
  data?: Record<string, unknown>;
}

/** A section of a record. */
export interface SonoranCadRecordSection {
  category: number;
  label: string;
  fields: SonoranCadRecordField[];
}

/** A record: a licence, a citation, a warrant, ... */
export interface SonoranCadRecord {
  id: number;
  type?: number;
  name?: string;
  /** The custom type. */
  recordTypeId?: number;
  sections?: SonoranCadRecordSection[];
}

/** What street signs show. */
export interface SonoranCadSignData {
  /** The signs. */
  ids: number[];
  text1: string;
  text2: string;
  text3: string;
}

/** Who is to hear a tone. */
export interface SonoranCadToneTarget {
  /** 0 all, 1 call id, 2 agency, 3 department, 4 subdivision, 5 identifier, 6 group. */
  type: number;
  /** A text or a number, as the type says. */
  value: unknown;
  label?: string;
}

/** A station that is alerted. */
export interface SonoranCadStation {
  name: string;
  /** Doors to open. */
  open?: string[];
  /** Doors to close. */
  close?: string[];
}

/** What each event says. The CAD may add fields. */
export interface SonoranEventData {
  /**
   * A unit has logged in.
   */
  EVENT_UNIT_LOGIN: {
    unit: SonoranCadUnit;
    /** They are a dispatcher. */
    isDispatch: boolean;
    selfDispatch?: boolean;
  };
  /**
   * A unit has logged out.
   */
  EVENT_UNIT_LOGOUT: {
    identId: number;
  };
  /**
   * The status of units has changed. In another form the CAD sends the units themselves.
   */
  EVENT_UNIT_STATUS: {
    /** Mostly a list. */
    identIds?: number[] | number;
    /** 0 unavailable, 1 busy, 2 available, 3 en route, 4 on scene, 100 offline; communities may have others. */
    status?: number;
    /** In place of the two others. */
    units?: SonoranCadUnit[];
  };
  /**
   * Something about units has changed.
   */
  EVENT_UNIT_UPDATE: {
    units: SonoranCadUnit[];
  };
  /**
   * The panic of units was raised or cleared.
   */
  EVENT_UNIT_PANIC: {
    identIds?: number[];
    /** In place of identIds, of old. */
    identId?: number;
    /** false: it was cleared. */
    isPanic: boolean;
  };
  /**
   * Units were put into a group.
   */
  EVENT_UNIT_GROUP_ADD: {
    /** One unit. */
    identId?: number;
    /** Or several. */
    identIds?: number[];
    groupName: string;
  };
  /**
   * Units were taken out of a group.
   */
  EVENT_UNIT_GROUP_REMOVE: {
    /** One unit. */
    identId?: number;
    /** Or several. */
    identIds?: number[];
    groupName: string;
  };
  /**
   * A group of units has another name.
   */
  EVENT_UNIT_GROUP_CHANGE_NAME: {
    /** The units in it. */
    identIds: number[];
    oldName: string;
    newName: string;
  };
  /**
   * Somebody calls 911.
   */
  EVENT_911: {
    call: SonoranCadEmergencyCall;
    /** Who called, where the call was placed in the CAD. */
    communityUserId?: string;
    /** The same, where there are several. */
    communityUserIds?: string[];
    /** Their name of old. */
    apiIds?: string[];
    /** Some versions of the CAD put the call's here. */
    metaData?: Record<string, string>;
  };
  /**
   * 911 calls were removed.
   */
  EVENT_REMOVE_911: {
    callIds: number[];
  };
  /**
   * A dispatch call was made. The bridge gives it itself after createDispatchCall, createCustomDispatchCall, with what
   * the CAD has answered.
   */
  EVENT_DISPATCH_NEW: {
    /** The unit whose user did it. */
    eventOriginIdent?: number;
    dispatch: SonoranCadCall;
  };
  /**
   * A dispatch call was changed. The bridge gives it itself after updateDispatchCall, updateCallPostal,
   * updateCallPrimary, with what the CAD has answered.
   */
  EVENT_DISPATCH_EDIT: {
    /** The unit whose user did it. */
    eventOriginIdent?: number;
    /** As it is now. */
    dispatch: SonoranCadCall;
  };
  /**
   * Dispatch calls were closed. The bridge gives it itself after closeDispatchCalls, with what the CAD has answered.
   */
  EVENT_DISPATCH_CLOSED: {
    /** The unit whose user did it. */
    eventOriginIdent?: number;
    callIds: number[];
  };
  /**
   * A note was added to a call. The bridge gives it itself after addCallNote, with what the CAD has answered.
   */
  EVENT_DISPATCH_NOTE: {
    callId: number;
    note: SonoranCadCallNote | string;
  };
  /**
   * Units were attached to a call. The bridge gives it itself after attachUnits, with what the CAD has answered.
   */
  EVENT_DISPATCH_UNIT_ATTACH: {
    /** The unit whose user did it. */
    eventOriginIdent?: number;
    /** One unit. */
    ident?: number;
    /** Or several. */
    idents?: number[];
    callId: number;
  };
  /**
   * Units were taken off a call. The bridge gives it itself after detachUnits, with what the CAD has answered.
   */
  EVENT_DISPATCH_UNIT_DETACH: {
    /** The unit whose user did it. */
    eventOriginIdent?: number;
    /** One unit. */
    ident?: number;
    /** Or several. */
    idents?: number[];
    callId: number;
  };
  /**
   * A dispatcher has switched a unit's bodycam.
   */
  EVENT_DISPATCH_TOGGLE_BODYCAM: {
    /** The unit's number, which comes as a text. */
    ident: string | number;
    state: boolean;
  };
  /**
   * A civilian has chosen a character.
   */
  EVENT_CHAR_SELECTED: {
    /** The account's UUID. */
    accId: string;
    /** The character; a text where characters come from a database of the community. */
    id: number | string;
  };
  /**
   * A player has linked their account of the CAD.
   */
  EVENT_COMMUNITY_LINK_VERIFIED: {
    communityUserId: string;
    accountUuid: string;
  };
  /**
   * A record was made. The bridge gives it itself after createRecord, with what the CAD has answered.
   */
  EVENT_RECORD_ADD: {
    record: SonoranCadRecord;
  };
  /**
   * A record was changed. The bridge gives it itself after updateRecord, with what the CAD has answered.
   */
  EVENT_RECORD_EDIT: {
    /** As it is now. */
    record: SonoranCadRecord;
  };
  /**
   * A record was removed. The bridge gives it itself after deleteRecord, with what the CAD has answered.
   */
  EVENT_RECORD_REMOVE: {
    /** As it was. */
    record: SonoranCadRecord;
  };
  /**
   * A dispatcher has written on street signs.
   */
  EVENT_STREETSIGN_UPDATED: {
    signData: SonoranCadSignData;
  };
  /**
   * A tone is to be played.
   */
  EVENT_TONE: {
    /** The sound. */
    url: string;
    playTonesTo: SonoranCadToneTarget[];
  };
  /**
   * Stations are alerted.
   */
  EVENT_STATION_ALERT: {
    locations: SonoranCadStation[];
    /** Words; or sound as base64, which can be longer than 64 KiB. */
    message?: string;
    colors?: string[];
    /** A name or an address. */
    tone?: string;
  };
  /**
   * Pagers are called.
   */
  EVENT_PAGER_REBORN: {
    addresses: string[];
    identIds?: number[];
    /** Emergency, NonEmergency or Administrative. */
    nature: string;
    body: string;
  };
  /**
   * A callout was chosen in the CAD. The form of a callout is published in two ways; look at what comes.
   */
  EVENT_NEW_CALLOUT: {
    callout: Record<string, unknown>;
  };
  /**
   * A record is to be printed. Published nowhere; these fields were seen.
   */
  EVENT_PRINT_RECORD: {
    /** The unit that prints. */
    identId: number;
    /** The document. */
    url: string;
  };
  /**
   * The configuration of the vendor's resource was changed in the CAD. The bridge changes nothing and restarts nothing.
   */
  EVENT_FIVEM_CONFIGURATION: {
    serverId: number;
    revision: number;
    schemaVersion?: number;
    templateRevision?: string;
  };
  /**
   * The configuration of the vendor's resource is to be moved into the CAD. The bridge changes nothing and restarts
   * nothing.
   */
  EVENT_FIVEM_CONFIGURATION_MIGRATION: {
    serverId: number;
    revision: number;
    schemaVersion?: number;
    templateRevision?: string;
  };
  /**
   * The CAD asks for the logs of the vendor's resource. It has no data. The bridge sends no logs.
   */
  GET_LOGS: null;
}

export type SonoranEventType = keyof SonoranEventData;

/** 'bridge': the bridge did it itself through the API, and the CAD says nothing of it. */
export type SonoranEventSource = 'cad' | 'bridge';

/** `data` is a text where its JSON is longer than 64 KiB or nests deeper than 64. */
export interface SonoranEventOf<Type extends SonoranEventType> {
  readonly type: Type;
  readonly source: SonoranEventSource;
  readonly data: SonoranEventData[Type] | string;
}

/** Any event that is listed; `type` tells which. */
export type SonoranEvent = { [Type in SonoranEventType]: SonoranEventOf<Type> }[SonoranEventType];

/** An event of a type that docs/events.md does not list. */
export interface SonoranOtherEvent {
  readonly type: string;
  readonly source: SonoranEventSource;
  readonly data: unknown;
}
