// Types for editors (TypeScript) of the CAD's operations. Generated from config/operations.json; change it there, then
// build the target `operations`. Not loaded by the game server.

/** The arguments of each operation. An integer beyond 2^53 goes with the arguments as JSON text. */
export interface SonoranOperations {
  /**
   * Links a character of a synchronised character database to a player.
   * Limit: 10 a minute. Answers: `accountUuid`, `syncId`, `action`.
   */
  addCharacterLink: {
    syncId: string;
    communityUserId?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Takes such a link away again.
   * Limit: 10 a minute. Answers: `accountUuid`, `syncId`, `action`.
   */
  removeCharacterLink: {
    syncId: string;
    communityUserId?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Deletes a civilian character for good.
   * Limit: 10 a minute. Answers: `characterId`.
   */
  deleteCharacter: {
    characterId: number;
  };
  /**
   * Which characters of the synchronised database one account has.
   * Limit: 10 a minute. Exactly one of communityUserId, roblox, accountUuid. Answers: an array of sync ids.
   */
  getCharacterLinks: {
    communityUserId?: string;
    roblox?: number;
    accountUuid?: string;
  };
  /**
   * All civilian characters of one account, with their record sections.
   * Limit: 10 a minute. Exactly one of communityUserId, roblox, accountUuid. Answers: an array of records.
   */
  getCharacters: {
    communityUserId?: string;
    roblox?: number;
    accountUuid?: string;
  };
  /**
   * Says which character a player has chosen to play.
   * Limit: 10 a minute. Answers: `accountUuid`, `characterId`.
   */
  setSelectedCharacter: {
    communityUserId?: string;
    characterId?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Adds a line to the notes of a call; what dispatch reads as the story goes on.
   * Limit: 60 a minute. Answers: `callId`, `note`.
   */
  addCallNote: {
    callId: number;
    serverId?: number;
    note?: string;
    noteType?: string;
    label?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Puts units on a dispatch call.
   * Limit: 10 a minute. Answers: `callId`, `identIds`.
   */
  attachUnits: {
    callId: number;
    serverId?: number;
    communityUserIds?: string[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Closes one or more dispatch calls.
   * Limit: 20 a minute. Answers: `callIds`.
   */
  closeDispatchCalls: {
    serverId?: number;
    callIds?: number[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Opens an emergency call from a caller; it goes out ahead of everything but its own budget.
   * Limit: 10 a minute. Answers: the call, with its `callId`.
   */
  create911Call: {
    isEmergency: boolean;
    caller: string;
    location: string;
    description: string;
    serverId?: number;
    deleteAfterMinutes?: number;
    metaData?: Record<string, string | number | boolean>;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  } | {
    serverId?: number;
    /** The whole body, instead of its fields. */
    body: Record<string, unknown>;
  };
  /**
   * Opens a dispatch call and assigns units. One of communityUserIds, accounts, roblox or discord is needed; an empty array leaves it unassigned.
   * Limit: 20 a minute. Answers: the call, with its `callId`.
   */
  createDispatchCall: {
    origin: number;
    status: number;
    priority: number;
    title: string;
    serverId?: number;
    block?: string;
    address?: string;
    postal?: string;
    code?: string;
    description?: string;
    notes?: unknown[];
    communityUserIds?: string[];
    metaData?: Record<string, string | number | boolean>;
    roblox?: string | string[];
    discord?: string | string[];
    accounts?: string[];
    deleteAfterMinutes?: number;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  } | {
    serverId?: number;
    /** The whole body, instead of its fields. */
    body: Record<string, unknown>;
  };
  /**
   * Opens a dispatch call after a template of the community and assigns units. `values` is by the uid of the template's fields, as getDispatchTemplate gives them, and goes out as given; at least one unit must be named.
   * Limit: 10 a minute. Answers: the call, with its `callId`.
   */
  createCustomDispatchCall: {
    templateId: number;
    values: Record<string, unknown>;
    serverId?: number;
    identIds?: number[];
    accountUuid?: string | string[];
    accounts?: string[];
    communityUserId?: string | string[];
    communityUserIds?: string[];
    roblox?: string | string[];
    discord?: string | string[];
    notes?: unknown[];
    metaData?: Record<string, string | number | boolean>;
    deleteAfterMinutes?: number;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  } | {
    serverId?: number;
    /** The whole body, instead of its fields. */
    body: Record<string, unknown>;
  };
  /**
   * Takes units off whatever call they are on. Not repeated when no answer came: by then they may be on another call.
   * Limit: 10 a minute. Answers: `identIds`.
   */
  detachUnits: {
    serverId?: number;
    communityUserIds?: string[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * One template for dispatch calls, with its fields.
   * Limit: 10 a minute. Answers: the template.
   */
  getDispatchTemplate: {
    templateId: number;
  };
  /**
   * All templates for dispatch calls of the community.
   * Limit: 10 a minute. Answers: an array of templates.
   */
  getDispatchTemplates: Record<string, never>;
  /**
   * Open dispatch and emergency calls, and a page of the closed ones. Without arguments: 10 closed calls, of all types.
   * Limit: 5 a minute. Answers: `ActiveCalls`, `EmergencyCalls`, `ClosedCalls`, `ClosedCallCount`.
   */
  getCalls: {
    serverId?: number;
    closedLimit?: number;
    closedOffset?: number;
    type?: number;
  };
  /**
   * The call that an account is on now.
   * Limit: 10 a minute. Answers: `IdentId`, `CallId`.
   */
  getCurrentCall: {
    accountUuid: string;
  };
  /**
   * Removes an emergency call.
   * Limit: 10 a minute. Answers: `callId`, `serverId`.
   */
  remove911Call: {
    callId: number;
    serverId?: number;
  };
  /**
   * Changes the postal code of a call.
   * Limit: 20 a minute. Answers: `callId`, `postal`.
   */
  updateCallPostal: {
    callId: number;
    serverId?: number;
    postal?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Names the unit that leads a call, and whether the call follows it on the map.
   * Limit: 10 a minute. Answers: `callId`, `identId`, `trackPrimary`.
   */
  updateCallPrimary: {
    callId: number;
    serverId?: number;
    identId?: number;
    trackPrimary?: boolean;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Changes some fields of a dispatch call; those that are left out stay.
   * Limit: 10 a minute. Answers: the call as it is now.
   */
  updateDispatchCall: {
    callId: number;
    serverId?: number;
    status?: number;
    postal?: string;
    trackPrimary?: boolean;
    metaData?: Record<string, string | number | boolean>;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * How paging is set up on a server.
   * Limit: 2 a minute. Answers: `natureWords`, `maxAddresses`, `maxBodyLength`, `nodes`, `perms`.
   */
  getPagerConfig: {
    serverId?: number;
  };
  /**
   * Replaces how paging is set up.
   * Limit: 2 a minute. Answers: `serverId`.
   */
  setPagerConfig: {
    serverId?: number;
    natureWords?: Record<string, unknown>;
    maxAddresses?: number;
    maxBodyLength?: number;
    nodes?: Record<string, unknown>[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Replaces the list of callouts that dispatch can start.
   * Limit: 2 a minute. Answers: `serverId`, `callouts`.
   */
  setCallouts: {
    serverId?: number;
    callouts?: Record<string, unknown>[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Replaces the stations with their doors, the alert tones and the colours of units.
   * Limit: 2 a minute. Answers: `serverId`.
   */
  setStations: {
    serverId?: number;
    locations?: Record<string, unknown>[];
    tones?: string[];
    unitColors?: string[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Replaces the list of signs that can be written on.
   * Limit: 2 a minute. Answers: `serverId`, `signs`.
   */
  setStreetSignConfig: {
    serverId?: number;
    signs?: Record<string, unknown>[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Writes up to three lines on signs.
   * Limit: 10 a minute. Answers: `ids`.
   */
  updateStreetSigns: {
    serverId?: number;
    ids?: number[];
    text1?: string;
    text2?: string;
    text3?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Adds an identifier (a unit with its number and department) to an account.
   * Limit: 10 a minute. Answers: `identId`.
   */
  createIdentifier: {
    accountUuid: string;
    status?: number;
    aop?: string;
    unitNum?: string;
    name?: string;
    district?: string;
    department?: string;
    subdivision?: string;
    rank?: string;
    group?: string;
    page?: number;
    isDispatch?: boolean;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * All identifiers of an account, and which one is selected.
   * Limit: 10 a minute. Answers: `SelectedIdent`, `Identifiers`.
   */
  getIdentifiers: {
    accountUuid: string;
  };
  /**
   * Removes an identifier of an account.
   * Limit: 10 a minute. Answers: `identId`, `serverId`.
   */
  deleteIdentifier: {
    accountUuid: string;
    identId: number;
  };
  /**
   * Changes some fields of an identifier; those that are left out stay.
   * Limit: 10 a minute. Answers: `identId`, `serverId`, `identifier`.
   */
  updateIdentifier: {
    accountUuid: string;
    identId: number;
    status?: number;
    group?: string;
    page?: number;
    aop?: string;
    unitNum?: string;
    name?: string;
    district?: string;
    department?: string;
    subdivision?: string;
    rank?: string;
    isDispatch?: boolean;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Makes units one group, for example all that ride in one car.
   * Limit: 10 a minute. Answers: `ok`.
   */
  setIdentifierGroup: {
    groupName: string;
    serverId?: number;
    communityUserIds?: string[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Chooses which identifier an account is on duty with.
   * Limit: 10 a minute. Answers: `serverId`, `isDispatch`, `identifier`.
   */
  setSelectedIdentifier: {
    accountUuid: string;
    identId?: number;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Draws a blip on the live map.
   * Limit: 30 a minute. Answers: the blip, with its `id`.
   */
  createBlip: {
    serverId?: number;
    coordinates?: Record<string, unknown>;
    subType?: string;
    icon?: string;
    color?: string;
    tooltip?: string;
    radius?: number;
    data?: Record<string, unknown>[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * All blips of the live map that were drawn through the API.
   * Limit: 10 a minute. Answers: an array of blips.
   */
  getBlips: {
    serverId?: number;
  };
  /**
   * Takes blips off the live map.
   * Limit: 30 a minute. Answers: `ids`.
   */
  deleteBlips: {
    serverId?: number;
    ids?: number[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Changes some fields of a blip; those that are left out stay.
   * Limit: 30 a minute. Answers: `id`.
   */
  updateBlip: {
    blipId: number;
    serverId?: number;
    tooltip?: string;
    color?: string;
    radius?: number;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * The units of one account.
   * Limit: 10 a minute. Answers: `Units`.
   */
  getAccountUnits: {
    accountUuid: string;
    onlyOnline: boolean;
    onlyUnits: boolean;
    limit: number;
    offset: number;
    serverId?: number;
  };
  /**
   * The units on duty of a server, a page at a time.
   * Limit: 3 a minute. Answers: an array of units.
   */
  getActiveUnits: {
    serverId?: number;
    includeOffline?: boolean;
    onlyUnits?: boolean;
    limit?: number;
    offset?: number;
  };
  /**
   * Takes units off duty, with a reason that the player reads. An array kicks several with one request.
   * Limit: 20 a minute. Exactly one of communityUserId, roblox, discord. Answers: `identId`, `reason`; of an array `count`, `kicked`.
   */
  kickUnit: {
    reason: string;
    serverId?: number;
    communityUserId?: string;
    roblox?: number;
    discord?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  } | {
    serverId?: number;
    /** The whole body, instead of its fields. */
    body: Record<string, unknown> | Record<string, unknown>[];
  };
  /**
   * Switches the panic of units on or off. `exports.sonoran_bridge:setPanic` does it with retries and one request for many.
   * Limit: 20 a minute. Answers: `updated`, `isPanic`.
   */
  setUnitPanic: {
    isPanic: boolean;
    serverId?: number;
    communityUserIds?: string[];
    communityUserId?: string;
    roblox?: number;
    discord?: string;
    accountUuid?: string;
    identIds?: number[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  } | {
    serverId?: number;
    /** The whole body, instead of its fields. */
    body: Record<string, unknown>;
  };
  /**
   * Sets the status of units (0 unavailable, 1 busy, 2 available, 3 en route, 4 on scene, 100 offline). `exports.sonoran_bridge:setStatus` does it with retries and one request for many.
   * Limit: 30 a minute. Answers: `updated`, `status`.
   */
  setUnitStatus: {
    status: number;
    serverId?: number;
    communityUserIds?: string[];
    communityUserId?: string;
    roblox?: number;
    discord?: string;
    accountUuid?: string;
    identIds?: number[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  } | {
    serverId?: number;
    /** The whole body, instead of its fields. */
    body: Record<string, unknown>;
  };
  /**
   * Moves units on the live map. The tracker does it by itself, within the budget.
   * Limit: 12 a minute. Answers: `updated`.
   */
  updateUnitLocations: {
    serverId?: number;
    updates?: Record<string, unknown>[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Gives an account the permissions of a permission key.
   * Limit: 10 a minute. Answers: `accountUuid`, `username`, `message`, `permissions`.
   */
  applyPermissionKey: {
    communityUserId?: string;
    roblox?: number;
    permissionKey?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Removes an account from the community, or bans it.
   * Limit: 10 a minute. Answers: `accountUuid`, `action`, `message`.
   */
  kickOrBanUser: {
    communityUserId?: string;
    roblox?: number;
    isBan?: boolean;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Whether a player has linked an account of the CAD.
   * Limit: 30 a minute. Answers: `communityUserId`, `linked`, `accountUuid`.
   */
  checkCommunityLink: {
    communityUserId?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Makes a code with which a player links an account of the CAD; it holds for some minutes.
   * Limit: 30 a minute. Answers: `code`, `communityUserId`, `communityUuid`, `expiresAt`, `expiresInSeconds`.
   */
  createCommunityLink: {
    communityUserId?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Links an account of the CAD to a player, with the account's own secret. `communityUserId` has at most 255 characters. A 403 does not say which of them was wrong.
   * Limit: 30 a minute. Answers: `communityUserId`, `linked`, `accountUuid`.
   */
  setCommunityLink: {
    accountUuid: string;
    secretUuid: string;
    communityUserId: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  } | {
    /** The whole body, instead of its fields. */
    body: Record<string, unknown>;
  };
  /**
   * One account, with its permissions.
   * Limit: 10 a minute. Exactly one of communityUserId, roblox, accountUuid, username. Answers: the account.
   */
  getAccount: {
    communityUserId?: string;
    roblox?: number;
    accountUuid?: string;
    username?: string;
  };
  /**
   * The accounts of the community, a page (1 to 100) at a time.
   * Limit: 10 a minute. Answers: `pagination`, `accounts`.
   */
  getAccounts: {
    limit: number;
    offset: number;
    status: number;
    username?: string;
  };
  /**
   * Gives permissions to an account.
   * Limit: 10 a minute. Answers: `accountUuid`, `permissions`, `active`.
   */
  modifyAccountPermissions: {
    communityUserId?: string;
    roblox?: number;
    add?: string[];
    active?: boolean;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Shows a picture to a player in the CAD, for example a mugshot.
   * Limit: 10 a minute. Answers: `communityUserId`, `delivered`.
   */
  sendPhoto: {
    communityUserId?: string;
    url?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Finds out whose secret this is.
   * Limit: 10 a minute. Answers: an object: account to community.
   */
  verifySecret: {
    secret?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Whether this server may use street signs.
   * Limit: 10 a minute. Answers: `authorized`, `serverId`.
   */
  authStreetSigns: {
    serverId?: number;
  };
  /**
   * The community: id, name, time zone, login page, ten-codes.
   * Limit: 10 a minute. Answers: `uuid`, `community`, `codes`.
   */
  getInfo: Record<string, never>;
  /**
   * How a community presents itself at login. Needs no key.
   * Limit: 10 a minute. Exactly one of communityId, url. Answers: `comId`, `name`, `timezone`, `customLoginUrl`.
   */
  getLoginPage: {
    communityId?: string;
    url?: string;
  };
  /**
   * The penal codes of the community.
   * Limit: 4 a minute. Answers: an array of codes.
   */
  getPenalCodes: Record<string, never>;
  /**
   * The servers of the community as the CAD knows them.
   * Limit: 10 a minute. Answers: `servers`.
   */
  getServers: Record<string, never>;
  /**
   * Replaces the list of servers, and deploys the map if told so. Not repeated when no answer came.
   * Limit: 10 a minute. Answers: `servers`.
   */
  setServers: {
    deployMap?: boolean;
    servers?: Record<string, unknown>[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Credentials for the TURN servers that carry voice and bodycam streams.
   * Limit: 20 a minute. Answers: `iceServers`, `ttl`.
   */
  getTurnCredentials: {
    userId?: string;
  };
  /**
   * Which plan the community has.
   * Limit: 10 a minute. Answers: `version`, `name`.
   */
  getVersion: Record<string, never>;
  /**
   * Says that a server runs, and with how many players. The bridge does it by itself.
   * Limit: 10 a minute. Answers: `serverId`, `playerCount`, `receivedAtUtc`.
   */
  heartbeat: {
    serverId?: number;
    playerCount?: number;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Replaces the penal codes.
   * Limit: 4 a minute. Answers: `updated`.
   */
  setPenalCodes: {
    codes?: Record<string, unknown>[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Replaces the postal codes of the map.
   * Limit: 10 a minute. Answers: `updated`.
   */
  setPostalConfig: {
    postals?: unknown[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Uploads a .webm recording of at most 6,000,000 bytes. `file` is the path of a file in one of the folders that `sonoran_bridge_upload_folders` allows (relative: looked for in them).
   * Limit: 30 a minute. Exactly one of accountUuid, communityUserId, roblox, discord. Answers: an array with the addresses of the recording.
   */
  uploadBodycamRecording: {
    file?: string;
    durationMs: number;
    accountUuid?: string;
    communityUserId?: string;
    roblox?: number;
    discord?: string;
    identId?: number;
    unitNumber?: string;
    unitLocation?: string;
  };
  /**
   * Finds records whose field with a given mapping has a value.
   * Limit: 30 a minute. Answers: an array of records.
   */
  lookupByCustomSearch: {
    map?: string;
    value?: string;
    types?: number[];
    partial?: boolean;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Finds records by a number, for example a case.
   * Limit: 30 a minute. Answers: an array of records.
   */
  lookupByValue: {
    searchType?: string;
    value?: string;
    notifyCommunityUserId?: string;
    types?: number[];
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Finds people by name, or vehicles by plate.
   * Limit: 30 a minute. Answers: an array of records.
   */
  lookupNameOrPlate: {
    first?: string;
    last?: string;
    mi?: string;
    plate?: string;
    notifyCommunityUserId?: string;
    types?: number[];
    partial?: boolean;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Writes a record (report, licence, warrant, …) from one of the community's templates.
   * Limit: 30 a minute. Answers: the record, with its `id`.
   */
  createRecord: {
    communityUserId?: string;
    roblox?: number;
    useDictionary?: boolean;
    recordTypeId?: number;
    replaceValues?: Record<string, string | number | boolean>;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * Deletes a record for good.
   * Limit: 10 a minute. Answers: `recordId`.
   */
  deleteRecord: {
    recordId: number;
  };
  /**
   * Changes fields of a record.
   * Limit: 10 a minute. Answers: the record as it is now.
   */
  updateRecord: {
    recordId: number;
    communityUserId?: string;
    useDictionary?: boolean;
    templateId?: number;
    replaceValues?: Record<string, string | number | boolean>;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
  /**
   * One record template of the community, with its sections and fields.
   * Limit: 10 a minute. Answers: the template.
   */
  getTemplate: {
    recordTypeId: number;
  };
  /**
   * All record templates of the community.
   * Limit: 10 a minute. Answers: an array of templates.
   */
  getTemplates: Record<string, never>;
  /**
   * Opens a record, partly filled in, in a player's CAD for them to finish.
   * Limit: 10 a minute. Answers: the draft.
   */
  sendDraft: {
    recordTypeId?: number;
    replaceValues?: Record<string, string | number | boolean>;
    communityUserId?: string;
    /** The whole body, instead of its fields. */
    body?: unknown;
    [field: string]: unknown;
  };
}

export type SonoranOperation = keyof SonoranOperations;
