---@meta
-- Types for editors (LuaLS) of the CAD's operations, lua/cad.lua. Generated from config/operations.json; change it
-- there, then build the target `operations`. Not loaded by the game server.

---@class sonoran.args.addCharacterLink
---@field syncId string
---@field communityUserId? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.addCharacterLink
---@overload fun(args?: sonoran.args.addCharacterLink, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local addCharacterLink = {}
---Links a character of a synchronised character database to a player. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.addCharacterLink
---@param options? sonoran.CallOptions
---@return any body `accountUuid`, `syncId`, `action`
---@return integer status
function addCharacterLink.await(args, options) end

---@class sonoran.args.removeCharacterLink
---@field syncId string
---@field communityUserId? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.removeCharacterLink
---@overload fun(args?: sonoran.args.removeCharacterLink, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local removeCharacterLink = {}
---Takes such a link away again. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.removeCharacterLink
---@param options? sonoran.CallOptions
---@return any body `accountUuid`, `syncId`, `action`
---@return integer status
function removeCharacterLink.await(args, options) end

---@class sonoran.args.deleteCharacter
---@field characterId integer

---@class sonoran.op.deleteCharacter
---@overload fun(args?: sonoran.args.deleteCharacter, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local deleteCharacter = {}
---Deletes a civilian character for good. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.deleteCharacter
---@param options? sonoran.CallOptions
---@return any body `characterId`
---@return integer status
function deleteCharacter.await(args, options) end

---@class sonoran.args.getCharacterLinks
---@field communityUserId? string
---@field roblox? integer
---@field accountUuid? string

---@class sonoran.op.getCharacterLinks
---@overload fun(args?: sonoran.args.getCharacterLinks, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getCharacterLinks = {}
---Which characters of the synchronised database one account has. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getCharacterLinks
---@param options? sonoran.CallOptions
---@return any body an array of sync ids
---@return integer status
function getCharacterLinks.await(args, options) end

---@class sonoran.args.getCharacters
---@field communityUserId? string
---@field roblox? integer
---@field accountUuid? string

---@class sonoran.op.getCharacters
---@overload fun(args?: sonoran.args.getCharacters, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getCharacters = {}
---All civilian characters of one account, with their record sections. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getCharacters
---@param options? sonoran.CallOptions
---@return any body an array of records
---@return integer status
function getCharacters.await(args, options) end

---@class sonoran.args.setSelectedCharacter
---@field communityUserId? string
---@field characterId? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.setSelectedCharacter
---@overload fun(args?: sonoran.args.setSelectedCharacter, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setSelectedCharacter = {}
---Says which character a player has chosen to play. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setSelectedCharacter
---@param options? sonoran.CallOptions
---@return any body `accountUuid`, `characterId`
---@return integer status
function setSelectedCharacter.await(args, options) end

---@class sonoran.args.addCallNote
---@field callId integer
---@field serverId? integer The configured one where it is left out.
---@field note? string
---@field noteType? string
---@field label? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.addCallNote
---@overload fun(args?: sonoran.args.addCallNote, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local addCallNote = {}
---Adds a line to the notes of a call; what dispatch reads as the story goes on. Limit: 60 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.addCallNote
---@param options? sonoran.CallOptions
---@return any body `callId`, `note`
---@return integer status
function addCallNote.await(args, options) end

---@class sonoran.args.attachUnits
---@field callId integer
---@field serverId? integer The configured one where it is left out.
---@field communityUserIds? string[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.attachUnits
---@overload fun(args?: sonoran.args.attachUnits, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local attachUnits = {}
---Puts units on a dispatch call. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.attachUnits
---@param options? sonoran.CallOptions
---@return any body `callId`, `identIds`
---@return integer status
function attachUnits.await(args, options) end

---@class sonoran.args.closeDispatchCalls
---@field serverId? integer The configured one where it is left out.
---@field callIds? integer[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.closeDispatchCalls
---@overload fun(args?: sonoran.args.closeDispatchCalls, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local closeDispatchCalls = {}
---Closes one or more dispatch calls. Limit: 20 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.closeDispatchCalls
---@param options? sonoran.CallOptions
---@return any body `callIds`
---@return integer status
function closeDispatchCalls.await(args, options) end

---@class sonoran.args.create911Call
---@field isEmergency boolean
---@field caller string
---@field location string
---@field description string
---@field serverId? integer The configured one where it is left out.
---@field deleteAfterMinutes? integer
---@field metaData? table<string, string|number|boolean>
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.whole.create911Call
---@field serverId? integer
---@field body table The whole body, instead of its fields.

---@class sonoran.op.create911Call
---@overload fun(args?: sonoran.args.create911Call|sonoran.whole.create911Call, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local create911Call = {}
---Opens an emergency call from a caller; it goes out ahead of everything but its own budget. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.create911Call|sonoran.whole.create911Call
---@param options? sonoran.CallOptions
---@return any body the call, with its `callId`
---@return integer status
function create911Call.await(args, options) end

---@class sonoran.args.createDispatchCall
---@field origin integer
---@field status integer
---@field priority integer
---@field title string
---@field serverId? integer The configured one where it is left out.
---@field block? string
---@field address? string
---@field postal? string
---@field code? string
---@field description? string
---@field notes? any[]
---@field communityUserIds? string[]
---@field metaData? table<string, string|number|boolean>
---@field roblox? string|string[]
---@field discord? string|string[]
---@field accounts? string[]
---@field deleteAfterMinutes? integer
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.whole.createDispatchCall
---@field serverId? integer
---@field body table The whole body, instead of its fields.

---@class sonoran.op.createDispatchCall
---@overload fun(args?: sonoran.args.createDispatchCall|sonoran.whole.createDispatchCall, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local createDispatchCall = {}
---Opens a dispatch call and assigns units. One of communityUserIds, accounts, roblox or discord is needed; an empty array leaves it unassigned. Limit: 20 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.createDispatchCall|sonoran.whole.createDispatchCall
---@param options? sonoran.CallOptions
---@return any body the call, with its `callId`
---@return integer status
function createDispatchCall.await(args, options) end

---@class sonoran.args.createCustomDispatchCall
---@field templateId integer
---@field values table
---@field serverId? integer The configured one where it is left out.
---@field identIds? integer[]
---@field accountUuid? string|string[]
---@field accounts? string[]
---@field communityUserId? string|string[]
---@field communityUserIds? string[]
---@field roblox? string|string[]
---@field discord? string|string[]
---@field notes? any[]
---@field metaData? table<string, string|number|boolean>
---@field deleteAfterMinutes? integer
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.whole.createCustomDispatchCall
---@field serverId? integer
---@field body table The whole body, instead of its fields.

---@class sonoran.op.createCustomDispatchCall
---@overload fun(args?: sonoran.args.createCustomDispatchCall|sonoran.whole.createCustomDispatchCall, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local createCustomDispatchCall = {}
---Opens a dispatch call after a template of the community and assigns units. `values` is by the uid of the template's fields, as getDispatchTemplate gives them, and goes out as given; at least one unit must be named. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.createCustomDispatchCall|sonoran.whole.createCustomDispatchCall
---@param options? sonoran.CallOptions
---@return any body the call, with its `callId`
---@return integer status
function createCustomDispatchCall.await(args, options) end

---@class sonoran.args.detachUnits
---@field serverId? integer The configured one where it is left out.
---@field communityUserIds? string[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.detachUnits
---@overload fun(args?: sonoran.args.detachUnits, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local detachUnits = {}
---Takes units off whatever call they are on. Not repeated when no answer came: by then they may be on another call. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.detachUnits
---@param options? sonoran.CallOptions
---@return any body `identIds`
---@return integer status
function detachUnits.await(args, options) end

---@class sonoran.args.getDispatchTemplate
---@field templateId integer

---@class sonoran.op.getDispatchTemplate
---@overload fun(args?: sonoran.args.getDispatchTemplate, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getDispatchTemplate = {}
---One template for dispatch calls, with its fields. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getDispatchTemplate
---@param options? sonoran.CallOptions
---@return any body the template
---@return integer status
function getDispatchTemplate.await(args, options) end

---@class sonoran.args.getDispatchTemplates

---@class sonoran.op.getDispatchTemplates
---@overload fun(args?: sonoran.args.getDispatchTemplates, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getDispatchTemplates = {}
---All templates for dispatch calls of the community. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getDispatchTemplates
---@param options? sonoran.CallOptions
---@return any body an array of templates
---@return integer status
function getDispatchTemplates.await(args, options) end

---@class sonoran.args.getCalls
---@field serverId? integer The configured one where it is left out.
---@field closedLimit? integer 10 where it is left out.
---@field closedOffset? integer 0 where it is left out.
---@field type? integer 100 where it is left out.

---@class sonoran.op.getCalls
---@overload fun(args?: sonoran.args.getCalls, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getCalls = {}
---Open dispatch and emergency calls, and a page of the closed ones. Without arguments: 10 closed calls, of all types. Limit: 5 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getCalls
---@param options? sonoran.CallOptions
---@return any body `ActiveCalls`, `EmergencyCalls`, `ClosedCalls`, `ClosedCallCount`
---@return integer status
function getCalls.await(args, options) end

---@class sonoran.args.getCurrentCall
---@field accountUuid string

---@class sonoran.op.getCurrentCall
---@overload fun(args?: sonoran.args.getCurrentCall, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getCurrentCall = {}
---The call that an account is on now. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getCurrentCall
---@param options? sonoran.CallOptions
---@return any body `IdentId`, `CallId`
---@return integer status
function getCurrentCall.await(args, options) end

---@class sonoran.args.remove911Call
---@field callId integer
---@field serverId? integer The configured one where it is left out.

---@class sonoran.op.remove911Call
---@overload fun(args?: sonoran.args.remove911Call, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local remove911Call = {}
---Removes an emergency call. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.remove911Call
---@param options? sonoran.CallOptions
---@return any body `callId`, `serverId`
---@return integer status
function remove911Call.await(args, options) end

---@class sonoran.args.updateCallPostal
---@field callId integer
---@field serverId? integer The configured one where it is left out.
---@field postal? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.updateCallPostal
---@overload fun(args?: sonoran.args.updateCallPostal, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local updateCallPostal = {}
---Changes the postal code of a call. Limit: 20 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.updateCallPostal
---@param options? sonoran.CallOptions
---@return any body `callId`, `postal`
---@return integer status
function updateCallPostal.await(args, options) end

---@class sonoran.args.updateCallPrimary
---@field callId integer
---@field serverId? integer The configured one where it is left out.
---@field identId? integer
---@field trackPrimary? boolean
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.updateCallPrimary
---@overload fun(args?: sonoran.args.updateCallPrimary, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local updateCallPrimary = {}
---Names the unit that leads a call, and whether the call follows it on the map. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.updateCallPrimary
---@param options? sonoran.CallOptions
---@return any body `callId`, `identId`, `trackPrimary`
---@return integer status
function updateCallPrimary.await(args, options) end

---@class sonoran.args.updateDispatchCall
---@field callId integer
---@field serverId? integer The configured one where it is left out.
---@field status? integer
---@field postal? string
---@field trackPrimary? boolean
---@field metaData? table<string, string|number|boolean>
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.updateDispatchCall
---@overload fun(args?: sonoran.args.updateDispatchCall, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local updateDispatchCall = {}
---Changes some fields of a dispatch call; those that are left out stay. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.updateDispatchCall
---@param options? sonoran.CallOptions
---@return any body the call as it is now
---@return integer status
function updateDispatchCall.await(args, options) end

---@class sonoran.args.getPagerConfig
---@field serverId? integer The configured one where it is left out.

---@class sonoran.op.getPagerConfig
---@overload fun(args?: sonoran.args.getPagerConfig, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getPagerConfig = {}
---How paging is set up on a server. Limit: 2 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getPagerConfig
---@param options? sonoran.CallOptions
---@return any body `natureWords`, `maxAddresses`, `maxBodyLength`, `nodes`, `perms`
---@return integer status
function getPagerConfig.await(args, options) end

---@class sonoran.args.setPagerConfig
---@field serverId? integer The configured one where it is left out.
---@field natureWords? table
---@field maxAddresses? integer
---@field maxBodyLength? integer
---@field nodes? table[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.setPagerConfig
---@overload fun(args?: sonoran.args.setPagerConfig, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setPagerConfig = {}
---Replaces how paging is set up. Limit: 2 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setPagerConfig
---@param options? sonoran.CallOptions
---@return any body `serverId`
---@return integer status
function setPagerConfig.await(args, options) end

---@class sonoran.args.setCallouts
---@field serverId? integer The configured one where it is left out.
---@field callouts? table[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.setCallouts
---@overload fun(args?: sonoran.args.setCallouts, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setCallouts = {}
---Replaces the list of callouts that dispatch can start. Limit: 2 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setCallouts
---@param options? sonoran.CallOptions
---@return any body `serverId`, `callouts`
---@return integer status
function setCallouts.await(args, options) end

---@class sonoran.args.setStations
---@field serverId? integer The configured one where it is left out.
---@field locations? table[]
---@field tones? string[]
---@field unitColors? string[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.setStations
---@overload fun(args?: sonoran.args.setStations, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setStations = {}
---Replaces the stations with their doors, the alert tones and the colours of units. Limit: 2 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setStations
---@param options? sonoran.CallOptions
---@return any body `serverId`
---@return integer status
function setStations.await(args, options) end

---@class sonoran.args.setStreetSignConfig
---@field serverId? integer The configured one where it is left out.
---@field signs? table[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.setStreetSignConfig
---@overload fun(args?: sonoran.args.setStreetSignConfig, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setStreetSignConfig = {}
---Replaces the list of signs that can be written on. Limit: 2 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setStreetSignConfig
---@param options? sonoran.CallOptions
---@return any body `serverId`, `signs`
---@return integer status
function setStreetSignConfig.await(args, options) end

---@class sonoran.args.updateStreetSigns
---@field serverId? integer The configured one where it is left out.
---@field ids? integer[]
---@field text1? string
---@field text2? string
---@field text3? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.updateStreetSigns
---@overload fun(args?: sonoran.args.updateStreetSigns, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local updateStreetSigns = {}
---Writes up to three lines on signs. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.updateStreetSigns
---@param options? sonoran.CallOptions
---@return any body `ids`
---@return integer status
function updateStreetSigns.await(args, options) end

---@class sonoran.args.createIdentifier
---@field accountUuid string
---@field status? integer
---@field aop? string
---@field unitNum? string
---@field name? string
---@field district? string
---@field department? string
---@field subdivision? string
---@field rank? string
---@field group? string
---@field page? integer
---@field isDispatch? boolean
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.createIdentifier
---@overload fun(args?: sonoran.args.createIdentifier, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local createIdentifier = {}
---Adds an identifier (a unit with its number and department) to an account. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.createIdentifier
---@param options? sonoran.CallOptions
---@return any body `identId`
---@return integer status
function createIdentifier.await(args, options) end

---@class sonoran.args.getIdentifiers
---@field accountUuid string

---@class sonoran.op.getIdentifiers
---@overload fun(args?: sonoran.args.getIdentifiers, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getIdentifiers = {}
---All identifiers of an account, and which one is selected. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getIdentifiers
---@param options? sonoran.CallOptions
---@return any body `SelectedIdent`, `Identifiers`
---@return integer status
function getIdentifiers.await(args, options) end

---@class sonoran.args.deleteIdentifier
---@field accountUuid string
---@field identId integer

---@class sonoran.op.deleteIdentifier
---@overload fun(args?: sonoran.args.deleteIdentifier, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local deleteIdentifier = {}
---Removes an identifier of an account. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.deleteIdentifier
---@param options? sonoran.CallOptions
---@return any body `identId`, `serverId`
---@return integer status
function deleteIdentifier.await(args, options) end

---@class sonoran.args.updateIdentifier
---@field accountUuid string
---@field identId integer
---@field status? integer
---@field group? string
---@field page? integer
---@field aop? string
---@field unitNum? string
---@field name? string
---@field district? string
---@field department? string
---@field subdivision? string
---@field rank? string
---@field isDispatch? boolean
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.updateIdentifier
---@overload fun(args?: sonoran.args.updateIdentifier, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local updateIdentifier = {}
---Changes some fields of an identifier; those that are left out stay. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.updateIdentifier
---@param options? sonoran.CallOptions
---@return any body `identId`, `serverId`, `identifier`
---@return integer status
function updateIdentifier.await(args, options) end

---@class sonoran.args.setIdentifierGroup
---@field groupName string
---@field serverId? integer The configured one where it is left out.
---@field communityUserIds? string[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.setIdentifierGroup
---@overload fun(args?: sonoran.args.setIdentifierGroup, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setIdentifierGroup = {}
---Makes units one group, for example all that ride in one car. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setIdentifierGroup
---@param options? sonoran.CallOptions
---@return any body `ok`
---@return integer status
function setIdentifierGroup.await(args, options) end

---@class sonoran.args.setSelectedIdentifier
---@field accountUuid string
---@field identId? integer
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.setSelectedIdentifier
---@overload fun(args?: sonoran.args.setSelectedIdentifier, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setSelectedIdentifier = {}
---Chooses which identifier an account is on duty with. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setSelectedIdentifier
---@param options? sonoran.CallOptions
---@return any body `serverId`, `isDispatch`, `identifier`
---@return integer status
function setSelectedIdentifier.await(args, options) end

---@class sonoran.args.createBlip
---@field serverId? integer The configured one where it is left out.
---@field coordinates? table
---@field subType? string
---@field icon? string
---@field color? string
---@field tooltip? string
---@field radius? number
---@field data? table[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.createBlip
---@overload fun(args?: sonoran.args.createBlip, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local createBlip = {}
---Draws a blip on the live map. Limit: 30 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.createBlip
---@param options? sonoran.CallOptions
---@return any body the blip, with its `id`
---@return integer status
function createBlip.await(args, options) end

---@class sonoran.args.getBlips
---@field serverId? integer The configured one where it is left out.

---@class sonoran.op.getBlips
---@overload fun(args?: sonoran.args.getBlips, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getBlips = {}
---All blips of the live map that were drawn through the API. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getBlips
---@param options? sonoran.CallOptions
---@return any body an array of blips
---@return integer status
function getBlips.await(args, options) end

---@class sonoran.args.deleteBlips
---@field serverId? integer The configured one where it is left out.
---@field ids? integer[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.deleteBlips
---@overload fun(args?: sonoran.args.deleteBlips, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local deleteBlips = {}
---Takes blips off the live map. Limit: 30 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.deleteBlips
---@param options? sonoran.CallOptions
---@return any body `ids`
---@return integer status
function deleteBlips.await(args, options) end

---@class sonoran.args.updateBlip
---@field blipId integer
---@field serverId? integer The configured one where it is left out.
---@field tooltip? string
---@field color? string
---@field radius? integer
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.updateBlip
---@overload fun(args?: sonoran.args.updateBlip, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local updateBlip = {}
---Changes some fields of a blip; those that are left out stay. Limit: 30 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.updateBlip
---@param options? sonoran.CallOptions
---@return any body `id`
---@return integer status
function updateBlip.await(args, options) end

---@class sonoran.args.getAccountUnits
---@field accountUuid string
---@field onlyOnline boolean
---@field onlyUnits boolean
---@field limit integer
---@field offset integer
---@field serverId? integer The configured one where it is left out.

---@class sonoran.op.getAccountUnits
---@overload fun(args?: sonoran.args.getAccountUnits, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getAccountUnits = {}
---The units of one account. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getAccountUnits
---@param options? sonoran.CallOptions
---@return any body `Units`
---@return integer status
function getAccountUnits.await(args, options) end

---@class sonoran.args.getActiveUnits
---@field serverId? integer The configured one where it is left out.
---@field includeOffline? boolean false where it is left out.
---@field onlyUnits? boolean true where it is left out.
---@field limit? integer 100 where it is left out.
---@field offset? integer 0 where it is left out.

---@class sonoran.op.getActiveUnits
---@overload fun(args?: sonoran.args.getActiveUnits, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getActiveUnits = {}
---The units on duty of a server, a page at a time. Limit: 3 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getActiveUnits
---@param options? sonoran.CallOptions
---@return any body an array of units
---@return integer status
function getActiveUnits.await(args, options) end

---@class sonoran.args.kickUnit
---@field reason string
---@field serverId? integer The configured one where it is left out.
---@field communityUserId? string
---@field roblox? integer
---@field discord? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.whole.kickUnit
---@field serverId? integer
---@field body table|table[] The whole body, instead of its fields.

---@class sonoran.op.kickUnit
---@overload fun(args?: sonoran.args.kickUnit|sonoran.whole.kickUnit, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local kickUnit = {}
---Takes units off duty, with a reason that the player reads. An array kicks several with one request. Limit: 20 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.kickUnit|sonoran.whole.kickUnit
---@param options? sonoran.CallOptions
---@return any body `identId`, `reason`; of an array `count`, `kicked`
---@return integer status
function kickUnit.await(args, options) end

---@class sonoran.args.setUnitPanic
---@field isPanic boolean
---@field serverId? integer The configured one where it is left out.
---@field communityUserIds? string[]
---@field communityUserId? string
---@field roblox? integer
---@field discord? string
---@field accountUuid? string
---@field identIds? integer[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.whole.setUnitPanic
---@field serverId? integer
---@field body table The whole body, instead of its fields.

---@class sonoran.op.setUnitPanic
---@overload fun(args?: sonoran.args.setUnitPanic|sonoran.whole.setUnitPanic, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setUnitPanic = {}
---Switches the panic of units on or off. `exports.sonoran_bridge:setPanic` does it with retries and one request for many. Limit: 20 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setUnitPanic|sonoran.whole.setUnitPanic
---@param options? sonoran.CallOptions
---@return any body `updated`, `isPanic`
---@return integer status
function setUnitPanic.await(args, options) end

---@class sonoran.args.setUnitStatus
---@field status integer
---@field serverId? integer The configured one where it is left out.
---@field communityUserIds? string[]
---@field communityUserId? string
---@field roblox? integer
---@field discord? string
---@field accountUuid? string
---@field identIds? integer[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.whole.setUnitStatus
---@field serverId? integer
---@field body table The whole body, instead of its fields.

---@class sonoran.op.setUnitStatus
---@overload fun(args?: sonoran.args.setUnitStatus|sonoran.whole.setUnitStatus, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setUnitStatus = {}
---Sets the status of units (0 unavailable, 1 busy, 2 available, 3 en route, 4 on scene, 100 offline). `exports.sonoran_bridge:setStatus` does it with retries and one request for many. Limit: 30 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setUnitStatus|sonoran.whole.setUnitStatus
---@param options? sonoran.CallOptions
---@return any body `updated`, `status`
---@return integer status
function setUnitStatus.await(args, options) end

---@class sonoran.args.updateUnitLocations
---@field serverId? integer The configured one where it is left out.
---@field updates? table[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.updateUnitLocations
---@overload fun(args?: sonoran.args.updateUnitLocations, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local updateUnitLocations = {}
---Moves units on the live map. The tracker does it by itself, within the budget. Limit: 12 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.updateUnitLocations
---@param options? sonoran.CallOptions
---@return any body `updated`
---@return integer status
function updateUnitLocations.await(args, options) end

---@class sonoran.args.applyPermissionKey
---@field communityUserId? string
---@field roblox? integer
---@field permissionKey? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.applyPermissionKey
---@overload fun(args?: sonoran.args.applyPermissionKey, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local applyPermissionKey = {}
---Gives an account the permissions of a permission key. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.applyPermissionKey
---@param options? sonoran.CallOptions
---@return any body `accountUuid`, `username`, `message`, `permissions`
---@return integer status
function applyPermissionKey.await(args, options) end

---@class sonoran.args.kickOrBanUser
---@field communityUserId? string
---@field roblox? integer
---@field isBan? boolean
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.kickOrBanUser
---@overload fun(args?: sonoran.args.kickOrBanUser, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local kickOrBanUser = {}
---Removes an account from the community, or bans it. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.kickOrBanUser
---@param options? sonoran.CallOptions
---@return any body `accountUuid`, `action`, `message`
---@return integer status
function kickOrBanUser.await(args, options) end

---@class sonoran.args.checkCommunityLink
---@field communityUserId? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.checkCommunityLink
---@overload fun(args?: sonoran.args.checkCommunityLink, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local checkCommunityLink = {}
---Whether a player has linked an account of the CAD. Limit: 30 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.checkCommunityLink
---@param options? sonoran.CallOptions
---@return any body `communityUserId`, `linked`, `accountUuid`
---@return integer status
function checkCommunityLink.await(args, options) end

---@class sonoran.args.createCommunityLink
---@field communityUserId? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.createCommunityLink
---@overload fun(args?: sonoran.args.createCommunityLink, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local createCommunityLink = {}
---Makes a code with which a player links an account of the CAD; it holds for some minutes. Limit: 30 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.createCommunityLink
---@param options? sonoran.CallOptions
---@return any body `code`, `communityUserId`, `communityUuid`, `expiresAt`, `expiresInSeconds`
---@return integer status
function createCommunityLink.await(args, options) end

---@class sonoran.args.setCommunityLink
---@field accountUuid string
---@field secretUuid string
---@field communityUserId string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.whole.setCommunityLink
---@field body table The whole body, instead of its fields.

---@class sonoran.op.setCommunityLink
---@overload fun(args?: sonoran.args.setCommunityLink|sonoran.whole.setCommunityLink, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setCommunityLink = {}
---Links an account of the CAD to a player, with the account's own secret. `communityUserId` has at most 255 characters. A 403 does not say which of them was wrong. Limit: 30 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setCommunityLink|sonoran.whole.setCommunityLink
---@param options? sonoran.CallOptions
---@return any body `communityUserId`, `linked`, `accountUuid`
---@return integer status
function setCommunityLink.await(args, options) end

---@class sonoran.args.getAccount
---@field communityUserId? string
---@field roblox? integer
---@field accountUuid? string
---@field username? string

---@class sonoran.op.getAccount
---@overload fun(args?: sonoran.args.getAccount, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getAccount = {}
---One account, with its permissions. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getAccount
---@param options? sonoran.CallOptions
---@return any body the account
---@return integer status
function getAccount.await(args, options) end

---@class sonoran.args.getAccounts
---@field limit integer
---@field offset integer
---@field status integer
---@field username? string

---@class sonoran.op.getAccounts
---@overload fun(args?: sonoran.args.getAccounts, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getAccounts = {}
---The accounts of the community, a page (1 to 100) at a time. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getAccounts
---@param options? sonoran.CallOptions
---@return any body `pagination`, `accounts`
---@return integer status
function getAccounts.await(args, options) end

---@class sonoran.args.modifyAccountPermissions
---@field communityUserId? string
---@field roblox? integer
---@field add? string[]
---@field active? boolean
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.modifyAccountPermissions
---@overload fun(args?: sonoran.args.modifyAccountPermissions, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local modifyAccountPermissions = {}
---Gives permissions to an account. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.modifyAccountPermissions
---@param options? sonoran.CallOptions
---@return any body `accountUuid`, `permissions`, `active`
---@return integer status
function modifyAccountPermissions.await(args, options) end

---@class sonoran.args.sendPhoto
---@field communityUserId? string
---@field url? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.sendPhoto
---@overload fun(args?: sonoran.args.sendPhoto, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local sendPhoto = {}
---Shows a picture to a player in the CAD, for example a mugshot. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.sendPhoto
---@param options? sonoran.CallOptions
---@return any body `communityUserId`, `delivered`
---@return integer status
function sendPhoto.await(args, options) end

---@class sonoran.args.verifySecret
---@field secret? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.verifySecret
---@overload fun(args?: sonoran.args.verifySecret, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local verifySecret = {}
---Finds out whose secret this is. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.verifySecret
---@param options? sonoran.CallOptions
---@return any body an object: account to community
---@return integer status
function verifySecret.await(args, options) end

---@class sonoran.args.authStreetSigns
---@field serverId? integer The configured one where it is left out.

---@class sonoran.op.authStreetSigns
---@overload fun(args?: sonoran.args.authStreetSigns, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local authStreetSigns = {}
---Whether this server may use street signs. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.authStreetSigns
---@param options? sonoran.CallOptions
---@return any body `authorized`, `serverId`
---@return integer status
function authStreetSigns.await(args, options) end

---@class sonoran.args.getInfo

---@class sonoran.op.getInfo
---@overload fun(args?: sonoran.args.getInfo, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getInfo = {}
---The community: id, name, time zone, login page, ten-codes. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getInfo
---@param options? sonoran.CallOptions
---@return any body `uuid`, `community`, `codes`
---@return integer status
function getInfo.await(args, options) end

---@class sonoran.args.getLoginPage
---@field communityId? string
---@field url? string

---@class sonoran.op.getLoginPage
---@overload fun(args?: sonoran.args.getLoginPage, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getLoginPage = {}
---How a community presents itself at login. Needs no key. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getLoginPage
---@param options? sonoran.CallOptions
---@return any body `comId`, `name`, `timezone`, `customLoginUrl`
---@return integer status
function getLoginPage.await(args, options) end

---@class sonoran.args.getPenalCodes

---@class sonoran.op.getPenalCodes
---@overload fun(args?: sonoran.args.getPenalCodes, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getPenalCodes = {}
---The penal codes of the community. Limit: 4 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getPenalCodes
---@param options? sonoran.CallOptions
---@return any body an array of codes
---@return integer status
function getPenalCodes.await(args, options) end

---@class sonoran.args.getServers

---@class sonoran.op.getServers
---@overload fun(args?: sonoran.args.getServers, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getServers = {}
---The servers of the community as the CAD knows them. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getServers
---@param options? sonoran.CallOptions
---@return any body `servers`
---@return integer status
function getServers.await(args, options) end

---@class sonoran.args.setServers
---@field deployMap? boolean
---@field servers? table[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.setServers
---@overload fun(args?: sonoran.args.setServers, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setServers = {}
---Replaces the list of servers, and deploys the map if told so. Not repeated when no answer came. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setServers
---@param options? sonoran.CallOptions
---@return any body `servers`
---@return integer status
function setServers.await(args, options) end

---@class sonoran.args.getTurnCredentials
---@field userId? string

---@class sonoran.op.getTurnCredentials
---@overload fun(args?: sonoran.args.getTurnCredentials, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getTurnCredentials = {}
---Credentials for the TURN servers that carry voice and bodycam streams. Limit: 20 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getTurnCredentials
---@param options? sonoran.CallOptions
---@return any body `iceServers`, `ttl`
---@return integer status
function getTurnCredentials.await(args, options) end

---@class sonoran.args.getVersion

---@class sonoran.op.getVersion
---@overload fun(args?: sonoran.args.getVersion, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getVersion = {}
---Which plan the community has. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getVersion
---@param options? sonoran.CallOptions
---@return any body `version`, `name`
---@return integer status
function getVersion.await(args, options) end

---@class sonoran.args.heartbeat
---@field serverId? integer The configured one where it is left out.
---@field playerCount? integer
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.heartbeat
---@overload fun(args?: sonoran.args.heartbeat, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local heartbeat = {}
---Says that a server runs, and with how many players. The bridge does it by itself. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.heartbeat
---@param options? sonoran.CallOptions
---@return any body `serverId`, `playerCount`, `receivedAtUtc`
---@return integer status
function heartbeat.await(args, options) end

---@class sonoran.args.setPenalCodes
---@field codes? table[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.setPenalCodes
---@overload fun(args?: sonoran.args.setPenalCodes, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setPenalCodes = {}
---Replaces the penal codes. Limit: 4 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setPenalCodes
---@param options? sonoran.CallOptions
---@return any body `updated`
---@return integer status
function setPenalCodes.await(args, options) end

---@class sonoran.args.setPostalConfig
---@field postals? any[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.setPostalConfig
---@overload fun(args?: sonoran.args.setPostalConfig, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local setPostalConfig = {}
---Replaces the postal codes of the map. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.setPostalConfig
---@param options? sonoran.CallOptions
---@return any body `updated`
---@return integer status
function setPostalConfig.await(args, options) end

---@class sonoran.args.uploadBodycamRecording
---@field file? string
---@field durationMs integer
---@field accountUuid? string
---@field communityUserId? string
---@field roblox? integer
---@field discord? string
---@field identId? integer
---@field unitNumber? string
---@field unitLocation? string

---@class sonoran.op.uploadBodycamRecording
---@overload fun(args?: sonoran.args.uploadBodycamRecording, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local uploadBodycamRecording = {}
---Uploads a .webm recording of at most 6,000,000 bytes. `file` is the path of a file in one of the folders that `sonoran_bridge_upload_folders` allows (relative: looked for in them). Limit: 30 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.uploadBodycamRecording
---@param options? sonoran.CallOptions
---@return any body an array with the addresses of the recording
---@return integer status
function uploadBodycamRecording.await(args, options) end

---@class sonoran.args.lookupByCustomSearch
---@field map? string
---@field value? string
---@field types? integer[]
---@field partial? boolean
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.lookupByCustomSearch
---@overload fun(args?: sonoran.args.lookupByCustomSearch, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local lookupByCustomSearch = {}
---Finds records whose field with a given mapping has a value. Limit: 30 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.lookupByCustomSearch
---@param options? sonoran.CallOptions
---@return any body an array of records
---@return integer status
function lookupByCustomSearch.await(args, options) end

---@class sonoran.args.lookupByValue
---@field searchType? string
---@field value? string
---@field notifyCommunityUserId? string
---@field types? integer[]
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.lookupByValue
---@overload fun(args?: sonoran.args.lookupByValue, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local lookupByValue = {}
---Finds records by a number, for example a case. Limit: 30 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.lookupByValue
---@param options? sonoran.CallOptions
---@return any body an array of records
---@return integer status
function lookupByValue.await(args, options) end

---@class sonoran.args.lookupNameOrPlate
---@field first? string
---@field last? string
---@field mi? string
---@field plate? string
---@field notifyCommunityUserId? string
---@field types? integer[]
---@field partial? boolean
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.lookupNameOrPlate
---@overload fun(args?: sonoran.args.lookupNameOrPlate, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local lookupNameOrPlate = {}
---Finds people by name, or vehicles by plate. Limit: 30 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.lookupNameOrPlate
---@param options? sonoran.CallOptions
---@return any body an array of records
---@return integer status
function lookupNameOrPlate.await(args, options) end

---@class sonoran.args.createRecord
---@field communityUserId? string
---@field roblox? integer
---@field useDictionary? boolean
---@field recordTypeId? integer
---@field replaceValues? table<string, string|number|boolean>
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.createRecord
---@overload fun(args?: sonoran.args.createRecord, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local createRecord = {}
---Writes a record (report, licence, warrant, …) from one of the community's templates. Limit: 30 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.createRecord
---@param options? sonoran.CallOptions
---@return any body the record, with its `id`
---@return integer status
function createRecord.await(args, options) end

---@class sonoran.args.deleteRecord
---@field recordId integer

---@class sonoran.op.deleteRecord
---@overload fun(args?: sonoran.args.deleteRecord, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local deleteRecord = {}
---Deletes a record for good. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.deleteRecord
---@param options? sonoran.CallOptions
---@return any body `recordId`
---@return integer status
function deleteRecord.await(args, options) end

---@class sonoran.args.updateRecord
---@field recordId integer
---@field communityUserId? string
---@field useDictionary? boolean
---@field templateId? integer
---@field replaceValues? table<string, string|number|boolean>
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.updateRecord
---@overload fun(args?: sonoran.args.updateRecord, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local updateRecord = {}
---Changes fields of a record. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.updateRecord
---@param options? sonoran.CallOptions
---@return any body the record as it is now
---@return integer status
function updateRecord.await(args, options) end

---@class sonoran.args.getTemplate
---@field recordTypeId integer

---@class sonoran.op.getTemplate
---@overload fun(args?: sonoran.args.getTemplate, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getTemplate = {}
---One record template of the community, with its sections and fields. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getTemplate
---@param options? sonoran.CallOptions
---@return any body the template
---@return integer status
function getTemplate.await(args, options) end

---@class sonoran.args.getTemplates

---@class sonoran.op.getTemplates
---@overload fun(args?: sonoran.args.getTemplates, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local getTemplates = {}
---All record templates of the community. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.getTemplates
---@param options? sonoran.CallOptions
---@return any body an array of templates
---@return integer status
function getTemplates.await(args, options) end

---@class sonoran.args.sendDraft
---@field recordTypeId? integer
---@field replaceValues? table<string, string|number|boolean>
---@field communityUserId? string
---@field body? any The whole body, instead of its fields.
---@field [string] any

---@class sonoran.op.sendDraft
---@overload fun(args?: sonoran.args.sendDraft, callback?: fun(answer: sonoran.Answer), options?: sonoran.CallOptions): (integer|false), string?
local sendDraft = {}
---Opens a record, partly filled in, in a player's CAD for them to finish. Limit: 10 a minute. Raises what `answer.error` has.
---@async
---@param args? sonoran.args.sendDraft
---@param options? sonoran.CallOptions
---@return any body the draft
---@return integer status
function sendDraft.await(args, options) end

---@class sonoran.Ready
---@overload fun(fn: fun())
local ready = {}
---@async
function ready.await() end

---@class sonoran.CAD
---@field ready sonoran.Ready Runs a function once the bridge is started and its settings are good.
---@field null any JSON's null.
---@field object fun(fields?: table): table A table that is a JSON object, also when it is empty.
---@field list fun(elements?: table): table A table that is a JSON array, also when it is empty.
---@field cancel fun(handle: integer): boolean, string?
---@field on sonoran.On Calls a function with each event of a type, or of all ('*'): docs/events.md.
---@field off fun(handle: integer): boolean, string?
---@field addCharacterLink sonoran.op.addCharacterLink Links a character of a synchronised character database to a player. Limit: 10 a minute.
---@field removeCharacterLink sonoran.op.removeCharacterLink Takes such a link away again. Limit: 10 a minute.
---@field deleteCharacter sonoran.op.deleteCharacter Deletes a civilian character for good. Limit: 10 a minute.
---@field getCharacterLinks sonoran.op.getCharacterLinks Which characters of the synchronised database one account has. Limit: 10 a minute. Exactly one of communityUserId, roblox, accountUuid.
---@field getCharacters sonoran.op.getCharacters All civilian characters of one account, with their record sections. Limit: 10 a minute. Exactly one of communityUserId, roblox, accountUuid.
---@field setSelectedCharacter sonoran.op.setSelectedCharacter Says which character a player has chosen to play. Limit: 10 a minute.
---@field addCallNote sonoran.op.addCallNote Adds a line to the notes of a call; what dispatch reads as the story goes on. Limit: 60 a minute.
---@field attachUnits sonoran.op.attachUnits Puts units on a dispatch call. Limit: 10 a minute.
---@field closeDispatchCalls sonoran.op.closeDispatchCalls Closes one or more dispatch calls. Limit: 20 a minute.
---@field create911Call sonoran.op.create911Call Opens an emergency call from a caller; it goes out ahead of everything but its own budget. Limit: 10 a minute.
---@field createDispatchCall sonoran.op.createDispatchCall Opens a dispatch call and assigns units. One of communityUserIds, accounts, roblox or discord is needed; an empty array leaves it unassigned. Limit: 20 a minute.
---@field createCustomDispatchCall sonoran.op.createCustomDispatchCall Opens a dispatch call after a template of the community and assigns units. `values` is by the uid of the template's fields, as getDispatchTemplate gives them, and goes out as given; at least one unit must be named. Limit: 10 a minute.
---@field detachUnits sonoran.op.detachUnits Takes units off whatever call they are on. Not repeated when no answer came: by then they may be on another call. Limit: 10 a minute.
---@field getDispatchTemplate sonoran.op.getDispatchTemplate One template for dispatch calls, with its fields. Limit: 10 a minute.
---@field getDispatchTemplates sonoran.op.getDispatchTemplates All templates for dispatch calls of the community. Limit: 10 a minute.
---@field getCalls sonoran.op.getCalls Open dispatch and emergency calls, and a page of the closed ones. Without arguments: 10 closed calls, of all types. Limit: 5 a minute.
---@field getCurrentCall sonoran.op.getCurrentCall The call that an account is on now. Limit: 10 a minute.
---@field remove911Call sonoran.op.remove911Call Removes an emergency call. Limit: 10 a minute.
---@field updateCallPostal sonoran.op.updateCallPostal Changes the postal code of a call. Limit: 20 a minute.
---@field updateCallPrimary sonoran.op.updateCallPrimary Names the unit that leads a call, and whether the call follows it on the map. Limit: 10 a minute.
---@field updateDispatchCall sonoran.op.updateDispatchCall Changes some fields of a dispatch call; those that are left out stay. Limit: 10 a minute.
---@field getPagerConfig sonoran.op.getPagerConfig How paging is set up on a server. Limit: 2 a minute.
---@field setPagerConfig sonoran.op.setPagerConfig Replaces how paging is set up. Limit: 2 a minute.
---@field setCallouts sonoran.op.setCallouts Replaces the list of callouts that dispatch can start. Limit: 2 a minute.
---@field setStations sonoran.op.setStations Replaces the stations with their doors, the alert tones and the colours of units. Limit: 2 a minute.
---@field setStreetSignConfig sonoran.op.setStreetSignConfig Replaces the list of signs that can be written on. Limit: 2 a minute.
---@field updateStreetSigns sonoran.op.updateStreetSigns Writes up to three lines on signs. Limit: 10 a minute.
---@field createIdentifier sonoran.op.createIdentifier Adds an identifier (a unit with its number and department) to an account. Limit: 10 a minute.
---@field getIdentifiers sonoran.op.getIdentifiers All identifiers of an account, and which one is selected. Limit: 10 a minute.
---@field deleteIdentifier sonoran.op.deleteIdentifier Removes an identifier of an account. Limit: 10 a minute.
---@field updateIdentifier sonoran.op.updateIdentifier Changes some fields of an identifier; those that are left out stay. Limit: 10 a minute.
---@field setIdentifierGroup sonoran.op.setIdentifierGroup Makes units one group, for example all that ride in one car. Limit: 10 a minute.
---@field setSelectedIdentifier sonoran.op.setSelectedIdentifier Chooses which identifier an account is on duty with. Limit: 10 a minute.
---@field createBlip sonoran.op.createBlip Draws a blip on the live map. Limit: 30 a minute.
---@field getBlips sonoran.op.getBlips All blips of the live map that were drawn through the API. Limit: 10 a minute.
---@field deleteBlips sonoran.op.deleteBlips Takes blips off the live map. Limit: 30 a minute.
---@field updateBlip sonoran.op.updateBlip Changes some fields of a blip; those that are left out stay. Limit: 30 a minute.
---@field getAccountUnits sonoran.op.getAccountUnits The units of one account. Limit: 10 a minute.
---@field getActiveUnits sonoran.op.getActiveUnits The units on duty of a server, a page at a time. Limit: 3 a minute.
---@field kickUnit sonoran.op.kickUnit Takes units off duty, with a reason that the player reads. An array kicks several with one request. Limit: 20 a minute. Exactly one of communityUserId, roblox, discord.
---@field setUnitPanic sonoran.op.setUnitPanic Switches the panic of units on or off. `exports.sonoran_bridge:setPanic` does it with retries and one request for many. Limit: 20 a minute.
---@field setUnitStatus sonoran.op.setUnitStatus Sets the status of units (0 unavailable, 1 busy, 2 available, 3 en route, 4 on scene, 100 offline). `exports.sonoran_bridge:setStatus` does it with retries and one request for many. Limit: 30 a minute.
---@field updateUnitLocations sonoran.op.updateUnitLocations Moves units on the live map. The tracker does it by itself, within the budget. Limit: 12 a minute.
---@field applyPermissionKey sonoran.op.applyPermissionKey Gives an account the permissions of a permission key. Limit: 10 a minute.
---@field kickOrBanUser sonoran.op.kickOrBanUser Removes an account from the community, or bans it. Limit: 10 a minute.
---@field checkCommunityLink sonoran.op.checkCommunityLink Whether a player has linked an account of the CAD. Limit: 30 a minute.
---@field createCommunityLink sonoran.op.createCommunityLink Makes a code with which a player links an account of the CAD; it holds for some minutes. Limit: 30 a minute.
---@field setCommunityLink sonoran.op.setCommunityLink Links an account of the CAD to a player, with the account's own secret. `communityUserId` has at most 255 characters. A 403 does not say which of them was wrong. Limit: 30 a minute.
---@field getAccount sonoran.op.getAccount One account, with its permissions. Limit: 10 a minute. Exactly one of communityUserId, roblox, accountUuid, username.
---@field getAccounts sonoran.op.getAccounts The accounts of the community, a page (1 to 100) at a time. Limit: 10 a minute.
---@field modifyAccountPermissions sonoran.op.modifyAccountPermissions Gives permissions to an account. Limit: 10 a minute.
---@field sendPhoto sonoran.op.sendPhoto Shows a picture to a player in the CAD, for example a mugshot. Limit: 10 a minute.
---@field verifySecret sonoran.op.verifySecret Finds out whose secret this is. Limit: 10 a minute.
---@field authStreetSigns sonoran.op.authStreetSigns Whether this server may use street signs. Limit: 10 a minute.
---@field getInfo sonoran.op.getInfo The community: id, name, time zone, login page, ten-codes. Limit: 10 a minute.
---@field getLoginPage sonoran.op.getLoginPage How a community presents itself at login. Needs no key. Limit: 10 a minute. Exactly one of communityId, url.
---@field getPenalCodes sonoran.op.getPenalCodes The penal codes of the community. Limit: 4 a minute.
---@field getServers sonoran.op.getServers The servers of the community as the CAD knows them. Limit: 10 a minute.
---@field setServers sonoran.op.setServers Replaces the list of servers, and deploys the map if told so. Not repeated when no answer came. Limit: 10 a minute.
---@field getTurnCredentials sonoran.op.getTurnCredentials Credentials for the TURN servers that carry voice and bodycam streams. Limit: 20 a minute.
---@field getVersion sonoran.op.getVersion Which plan the community has. Limit: 10 a minute.
---@field heartbeat sonoran.op.heartbeat Says that a server runs, and with how many players. The bridge does it by itself. Limit: 10 a minute.
---@field setPenalCodes sonoran.op.setPenalCodes Replaces the penal codes. Limit: 4 a minute.
---@field setPostalConfig sonoran.op.setPostalConfig Replaces the postal codes of the map. Limit: 10 a minute.
---@field uploadBodycamRecording sonoran.op.uploadBodycamRecording Uploads a .webm recording of at most 6,000,000 bytes. `file` is the path of a file in one of the folders that `sonoran_bridge_upload_folders` allows (relative: looked for in them). Limit: 30 a minute. Exactly one of accountUuid, communityUserId, roblox, discord.
---@field lookupByCustomSearch sonoran.op.lookupByCustomSearch Finds records whose field with a given mapping has a value. Limit: 30 a minute.
---@field lookupByValue sonoran.op.lookupByValue Finds records by a number, for example a case. Limit: 30 a minute.
---@field lookupNameOrPlate sonoran.op.lookupNameOrPlate Finds people by name, or vehicles by plate. Limit: 30 a minute.
---@field createRecord sonoran.op.createRecord Writes a record (report, licence, warrant, …) from one of the community's templates. Limit: 30 a minute.
---@field deleteRecord sonoran.op.deleteRecord Deletes a record for good. Limit: 10 a minute.
---@field updateRecord sonoran.op.updateRecord Changes fields of a record. Limit: 10 a minute.
---@field getTemplate sonoran.op.getTemplate One record template of the community, with its sections and fields. Limit: 10 a minute.
---@field getTemplates sonoran.op.getTemplates All record templates of the community. Limit: 10 a minute.
---@field sendDraft sonoran.op.sendDraft Opens a record, partly filled in, in a player's CAD for them to finish. Limit: 10 a minute.
CAD = {}
