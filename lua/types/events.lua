---@meta
-- Types for editors (LuaLS) of the events. Generated from config/events.json; change it there, then build the target
-- `events`. Not loaded by the game server.

---A place in the game's world.
---@class sonoran.cad.Coordinates
---@field x number Metres.
---@field y number Metres.
---@field z number Metres.
---@field w? number Heading, degrees.

---Who a unit is.
---@class sonoran.cad.UnitData
---@field unitNum string Call sign: 2-L-14.
---@field name string
---@field district? string
---@field department? string
---@field subdivision? string
---@field rank? string
---@field group? string The group that the unit is in; empty: none.
---@field page? integer -1 unknown, 0 police, 1 fire, 2 EMS, 3 dispatch.
---@field communityUserId? string The community user id by which this unit is known to setPanic and the others.
---@field communityUserIds? string[] The same, where there are several.
---@field apiIds? string[] Their name of old.

---A unit that is logged in.
---@class sonoran.cad.Unit
---@field id integer The unit's number in the CAD, which other events name as identId.
---@field accId? string The account's UUID.
---@field status integer 0 unavailable, 1 busy, 2 available, 3 en route, 4 on scene, 100 offline; communities may have others.
---@field isPanic boolean
---@field location? string
---@field coordinates? sonoran.cad.Coordinates
---@field aop? string Area of patrol.
---@field isDispatch? boolean
---@field data sonoran.cad.UnitData

---A note on a call.
---@class sonoran.cad.CallNote
---@field time? string
---@field label? string Who wrote it.
---@field type string text, or a kind of attachment.
---@field content string

---A dispatch call.
---@class sonoran.cad.Call
---@field callId integer
---@field origin? integer 0 caller, 1 radio dispatch, 2 observed, 3 walk-up.
---@field status? integer|string 0 pending, 1 active, 2 closed.
---@field priority? integer|string
---@field block? string
---@field address? string
---@field postal? string
---@field title? string
---@field code? string
---@field primary? integer The primary unit's number.
---@field trackPrimary? boolean The call's place follows the primary unit.
---@field description? string
---@field notes? sonoran.cad.CallNote[]|string A text where the call is an old one.
---@field idents? integer[] The numbers of the units attached.
---@field metaData? table<string, string> Every value is a text, numbers and booleans too.
---@field updated? string When, as ISO 8601.

---A 911 call.
---@class sonoran.cad.EmergencyCall
---@field callId integer
---@field isEmergency boolean
---@field caller string
---@field location string
---@field description string
---@field metaData? table<string, string> Every value is a text, numbers and booleans too.

---A field of a record.
---@class sonoran.cad.RecordField
---@field uid string
---@field type string
---@field label string
---@field value? any Mostly a text.
---@field data? table

---A section of a record.
---@class sonoran.cad.RecordSection
---@field category integer
---@field label string
---@field fields sonoran.cad.RecordField[]

---A record: a licence, a citation, a warrant, ...
---@class sonoran.cad.Record
---@field id integer
---@field type? integer
---@field name? string
---@field recordTypeId? integer The custom type.
---@field sections? sonoran.cad.RecordSection[]

---What street signs show.
---@class sonoran.cad.SignData
---@field ids integer[] The signs.
---@field text1 string
---@field text2 string
---@field text3 string

---Who is to hear a tone.
---@class sonoran.cad.ToneTarget
---@field type integer 0 all, 1 call id, 2 agency, 3 department, 4 subdivision, 5 identifier, 6 group.
---@field value any A text or a number, as the type says.
---@field label? string

---A station that is alerted.
---@class sonoran.cad.Station
---@field name string
---@field open? string[] Doors to open.
---@field close? string[] Doors to close.

---@class sonoran.data.EVENT_UNIT_LOGIN
---@field unit sonoran.cad.Unit
---@field isDispatch boolean They are a dispatcher.
---@field selfDispatch? boolean

---A unit has logged in.
---@class sonoran.event.EVENT_UNIT_LOGIN
---@field type 'EVENT_UNIT_LOGIN'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_UNIT_LOGIN|string

---@class sonoran.data.EVENT_UNIT_LOGOUT
---@field identId integer

---A unit has logged out.
---@class sonoran.event.EVENT_UNIT_LOGOUT
---@field type 'EVENT_UNIT_LOGOUT'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_UNIT_LOGOUT|string

---@class sonoran.data.EVENT_UNIT_STATUS
---@field identIds? integer[]|integer Mostly a list.
---@field status? integer 0 unavailable, 1 busy, 2 available, 3 en route, 4 on scene, 100 offline; communities may have others.
---@field units? sonoran.cad.Unit[] In place of the two others.

---The status of units has changed. In another form the CAD sends the units themselves.
---@class sonoran.event.EVENT_UNIT_STATUS
---@field type 'EVENT_UNIT_STATUS'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_UNIT_STATUS|string

---@class sonoran.data.EVENT_UNIT_UPDATE
---@field units sonoran.cad.Unit[]

---Something about units has changed.
---@class sonoran.event.EVENT_UNIT_UPDATE
---@field type 'EVENT_UNIT_UPDATE'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_UNIT_UPDATE|string

---@class sonoran.data.EVENT_UNIT_PANIC
---@field identIds? integer[]
---@field identId? integer In place of identIds, of old.
---@field isPanic boolean false: it was cleared.

---The panic of units was raised or cleared.
---@class sonoran.event.EVENT_UNIT_PANIC
---@field type 'EVENT_UNIT_PANIC'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_UNIT_PANIC|string

---@class sonoran.data.EVENT_UNIT_GROUP_ADD
---@field identId? integer One unit.
---@field identIds? integer[] Or several.
---@field groupName string

---Units were put into a group.
---@class sonoran.event.EVENT_UNIT_GROUP_ADD
---@field type 'EVENT_UNIT_GROUP_ADD'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_UNIT_GROUP_ADD|string

---@class sonoran.data.EVENT_UNIT_GROUP_REMOVE
---@field identId? integer One unit.
---@field identIds? integer[] Or several.
---@field groupName string

---Units were taken out of a group.
---@class sonoran.event.EVENT_UNIT_GROUP_REMOVE
---@field type 'EVENT_UNIT_GROUP_REMOVE'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_UNIT_GROUP_REMOVE|string

---@class sonoran.data.EVENT_UNIT_GROUP_CHANGE_NAME
---@field identIds integer[] The units in it.
---@field oldName string
---@field newName string

---A group of units has another name.
---@class sonoran.event.EVENT_UNIT_GROUP_CHANGE_NAME
---@field type 'EVENT_UNIT_GROUP_CHANGE_NAME'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_UNIT_GROUP_CHANGE_NAME|string

---@class sonoran.data.EVENT_911
---@field call sonoran.cad.EmergencyCall
---@field communityUserId? string Who called, where the call was placed in the CAD.
---@field communityUserIds? string[] The same, where there are several.
---@field apiIds? string[] Their name of old.
---@field metaData? table<string, string> Some versions of the CAD put the call's here.

---Somebody calls 911.
---@class sonoran.event.EVENT_911
---@field type 'EVENT_911'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_911|string

---@class sonoran.data.EVENT_REMOVE_911
---@field callIds integer[]

---911 calls were removed.
---@class sonoran.event.EVENT_REMOVE_911
---@field type 'EVENT_REMOVE_911'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_REMOVE_911|string

---@class sonoran.data.EVENT_DISPATCH_NEW
---@field eventOriginIdent? integer The unit whose user did it.
---@field dispatch sonoran.cad.Call

---A dispatch call was made. The bridge gives it itself after createDispatchCall, createCustomDispatchCall, with what the CAD has answered.
---@class sonoran.event.EVENT_DISPATCH_NEW
---@field type 'EVENT_DISPATCH_NEW'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_DISPATCH_NEW|string

---@class sonoran.data.EVENT_DISPATCH_EDIT
---@field eventOriginIdent? integer The unit whose user did it.
---@field dispatch sonoran.cad.Call As it is now.

---A dispatch call was changed. The bridge gives it itself after updateDispatchCall, updateCallPostal, updateCallPrimary, with what the CAD has answered.
---@class sonoran.event.EVENT_DISPATCH_EDIT
---@field type 'EVENT_DISPATCH_EDIT'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_DISPATCH_EDIT|string

---@class sonoran.data.EVENT_DISPATCH_CLOSED
---@field eventOriginIdent? integer The unit whose user did it.
---@field callIds integer[]

---Dispatch calls were closed. The bridge gives it itself after closeDispatchCalls, with what the CAD has answered.
---@class sonoran.event.EVENT_DISPATCH_CLOSED
---@field type 'EVENT_DISPATCH_CLOSED'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_DISPATCH_CLOSED|string

---@class sonoran.data.EVENT_DISPATCH_NOTE
---@field callId integer
---@field note sonoran.cad.CallNote|string

---A note was added to a call. The bridge gives it itself after addCallNote, with what the CAD has answered.
---@class sonoran.event.EVENT_DISPATCH_NOTE
---@field type 'EVENT_DISPATCH_NOTE'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_DISPATCH_NOTE|string

---@class sonoran.data.EVENT_DISPATCH_UNIT_ATTACH
---@field eventOriginIdent? integer The unit whose user did it.
---@field ident? integer One unit.
---@field idents? integer[] Or several.
---@field callId integer

---Units were attached to a call. The bridge gives it itself after attachUnits, with what the CAD has answered.
---@class sonoran.event.EVENT_DISPATCH_UNIT_ATTACH
---@field type 'EVENT_DISPATCH_UNIT_ATTACH'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_DISPATCH_UNIT_ATTACH|string

---@class sonoran.data.EVENT_DISPATCH_UNIT_DETACH
---@field eventOriginIdent? integer The unit whose user did it.
---@field ident? integer One unit.
---@field idents? integer[] Or several.
---@field callId integer

---Units were taken off a call. The bridge gives it itself after detachUnits, with what the CAD has answered.
---@class sonoran.event.EVENT_DISPATCH_UNIT_DETACH
---@field type 'EVENT_DISPATCH_UNIT_DETACH'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_DISPATCH_UNIT_DETACH|string

---@class sonoran.data.EVENT_DISPATCH_TOGGLE_BODYCAM
---@field ident string|integer The unit's number, which comes as a text.
---@field state boolean

---A dispatcher has switched a unit's bodycam.
---@class sonoran.event.EVENT_DISPATCH_TOGGLE_BODYCAM
---@field type 'EVENT_DISPATCH_TOGGLE_BODYCAM'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_DISPATCH_TOGGLE_BODYCAM|string

---@class sonoran.data.EVENT_CHAR_SELECTED
---@field accId string The account's UUID.
---@field id integer|string The character; a text where characters come from a database of the community.

---A civilian has chosen a character.
---@class sonoran.event.EVENT_CHAR_SELECTED
---@field type 'EVENT_CHAR_SELECTED'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_CHAR_SELECTED|string

---@class sonoran.data.EVENT_COMMUNITY_LINK_VERIFIED
---@field communityUserId string
---@field accountUuid string

---A player has linked their account of the CAD.
---@class sonoran.event.EVENT_COMMUNITY_LINK_VERIFIED
---@field type 'EVENT_COMMUNITY_LINK_VERIFIED'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_COMMUNITY_LINK_VERIFIED|string

---@class sonoran.data.EVENT_RECORD_ADD
---@field record sonoran.cad.Record

---A record was made. The bridge gives it itself after createRecord, with what the CAD has answered.
---@class sonoran.event.EVENT_RECORD_ADD
---@field type 'EVENT_RECORD_ADD'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_RECORD_ADD|string

---@class sonoran.data.EVENT_RECORD_EDIT
---@field record sonoran.cad.Record As it is now.

---A record was changed. The bridge gives it itself after updateRecord, with what the CAD has answered.
---@class sonoran.event.EVENT_RECORD_EDIT
---@field type 'EVENT_RECORD_EDIT'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_RECORD_EDIT|string

---@class sonoran.data.EVENT_RECORD_REMOVE
---@field record sonoran.cad.Record As it was.

---A record was removed. The bridge gives it itself after deleteRecord, with what the CAD has answered.
---@class sonoran.event.EVENT_RECORD_REMOVE
---@field type 'EVENT_RECORD_REMOVE'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_RECORD_REMOVE|string

---@class sonoran.data.EVENT_STREETSIGN_UPDATED
---@field signData sonoran.cad.SignData

---A dispatcher has written on street signs.
---@class sonoran.event.EVENT_STREETSIGN_UPDATED
---@field type 'EVENT_STREETSIGN_UPDATED'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_STREETSIGN_UPDATED|string

---@class sonoran.data.EVENT_TONE
---@field url string The sound.
---@field playTonesTo sonoran.cad.ToneTarget[]

---A tone is to be played.
---@class sonoran.event.EVENT_TONE
---@field type 'EVENT_TONE'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_TONE|string

---@class sonoran.data.EVENT_STATION_ALERT
---@field locations sonoran.cad.Station[]
---@field message? string Words; or sound as base64, which can be longer than 64 KiB.
---@field colors? string[]
---@field tone? string A name or an address.

---Stations are alerted.
---@class sonoran.event.EVENT_STATION_ALERT
---@field type 'EVENT_STATION_ALERT'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_STATION_ALERT|string

---@class sonoran.data.EVENT_PAGER_REBORN
---@field addresses string[]
---@field identIds? integer[]
---@field nature string Emergency, NonEmergency or Administrative.
---@field body string

---Pagers are called.
---@class sonoran.event.EVENT_PAGER_REBORN
---@field type 'EVENT_PAGER_REBORN'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_PAGER_REBORN|string

---@class sonoran.data.EVENT_NEW_CALLOUT
---@field callout table

---A callout was chosen in the CAD. The form of a callout is published in two ways; look at what comes.
---@class sonoran.event.EVENT_NEW_CALLOUT
---@field type 'EVENT_NEW_CALLOUT'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_NEW_CALLOUT|string

---@class sonoran.data.EVENT_PRINT_RECORD
---@field identId integer The unit that prints.
---@field url string The document.

---A record is to be printed. Published nowhere; these fields were seen.
---@class sonoran.event.EVENT_PRINT_RECORD
---@field type 'EVENT_PRINT_RECORD'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_PRINT_RECORD|string

---@class sonoran.data.EVENT_FIVEM_CONFIGURATION
---@field serverId integer
---@field revision integer
---@field schemaVersion? integer
---@field templateRevision? string

---The configuration of the vendor's resource was changed in the CAD. The bridge changes nothing and restarts nothing.
---@class sonoran.event.EVENT_FIVEM_CONFIGURATION
---@field type 'EVENT_FIVEM_CONFIGURATION'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_FIVEM_CONFIGURATION|string

---@class sonoran.data.EVENT_FIVEM_CONFIGURATION_MIGRATION
---@field serverId integer
---@field revision integer
---@field schemaVersion? integer
---@field templateRevision? string

---The configuration of the vendor's resource is to be moved into the CAD. The bridge changes nothing and restarts nothing.
---@class sonoran.event.EVENT_FIVEM_CONFIGURATION_MIGRATION
---@field type 'EVENT_FIVEM_CONFIGURATION_MIGRATION'
---@field source 'cad'|'bridge'
---@field data sonoran.data.EVENT_FIVEM_CONFIGURATION_MIGRATION|string

---The CAD asks for the logs of the vendor's resource. It has no data. The bridge sends no logs.
---@class sonoran.event.GET_LOGS
---@field type 'GET_LOGS'
---@field source 'cad'|'bridge'
---@field data nil

---@alias sonoran.EventType 'EVENT_UNIT_LOGIN'|'EVENT_UNIT_LOGOUT'|'EVENT_UNIT_STATUS'|'EVENT_UNIT_UPDATE'|'EVENT_UNIT_PANIC'|'EVENT_UNIT_GROUP_ADD'|'EVENT_UNIT_GROUP_REMOVE'|'EVENT_UNIT_GROUP_CHANGE_NAME'|'EVENT_911'|'EVENT_REMOVE_911'|'EVENT_DISPATCH_NEW'|'EVENT_DISPATCH_EDIT'|'EVENT_DISPATCH_CLOSED'|'EVENT_DISPATCH_NOTE'|'EVENT_DISPATCH_UNIT_ATTACH'|'EVENT_DISPATCH_UNIT_DETACH'|'EVENT_DISPATCH_TOGGLE_BODYCAM'|'EVENT_CHAR_SELECTED'|'EVENT_COMMUNITY_LINK_VERIFIED'|'EVENT_RECORD_ADD'|'EVENT_RECORD_EDIT'|'EVENT_RECORD_REMOVE'|'EVENT_STREETSIGN_UPDATED'|'EVENT_TONE'|'EVENT_STATION_ALERT'|'EVENT_PAGER_REBORN'|'EVENT_NEW_CALLOUT'|'EVENT_PRINT_RECORD'|'EVENT_FIVEM_CONFIGURATION'|'EVENT_FIVEM_CONFIGURATION_MIGRATION'|'GET_LOGS'

---An event of a type that docs/events.md does not list.
---@class sonoran.OtherEvent
---@field type string
---@field source 'cad'|'bridge'
---@field data any

---@alias sonoran.Event sonoran.event.EVENT_UNIT_LOGIN|sonoran.event.EVENT_UNIT_LOGOUT|sonoran.event.EVENT_UNIT_STATUS|sonoran.event.EVENT_UNIT_UPDATE|sonoran.event.EVENT_UNIT_PANIC|sonoran.event.EVENT_UNIT_GROUP_ADD|sonoran.event.EVENT_UNIT_GROUP_REMOVE|sonoran.event.EVENT_UNIT_GROUP_CHANGE_NAME|sonoran.event.EVENT_911|sonoran.event.EVENT_REMOVE_911|sonoran.event.EVENT_DISPATCH_NEW|sonoran.event.EVENT_DISPATCH_EDIT|sonoran.event.EVENT_DISPATCH_CLOSED|sonoran.event.EVENT_DISPATCH_NOTE|sonoran.event.EVENT_DISPATCH_UNIT_ATTACH|sonoran.event.EVENT_DISPATCH_UNIT_DETACH|sonoran.event.EVENT_DISPATCH_TOGGLE_BODYCAM|sonoran.event.EVENT_CHAR_SELECTED|sonoran.event.EVENT_COMMUNITY_LINK_VERIFIED|sonoran.event.EVENT_RECORD_ADD|sonoran.event.EVENT_RECORD_EDIT|sonoran.event.EVENT_RECORD_REMOVE|sonoran.event.EVENT_STREETSIGN_UPDATED|sonoran.event.EVENT_TONE|sonoran.event.EVENT_STATION_ALERT|sonoran.event.EVENT_PAGER_REBORN|sonoran.event.EVENT_NEW_CALLOUT|sonoran.event.EVENT_PRINT_RECORD|sonoran.event.EVENT_FIVEM_CONFIGURATION|sonoran.event.EVENT_FIVEM_CONFIGURATION_MIGRATION|sonoran.event.GET_LOGS|sonoran.OtherEvent

---CAD.on: a handle for CAD.off; or false and a message.
---@class sonoran.On
---@overload fun(type: 'EVENT_UNIT_LOGIN', fn: fun(event: sonoran.event.EVENT_UNIT_LOGIN)): (integer|false), string?
---@overload fun(type: 'EVENT_UNIT_LOGOUT', fn: fun(event: sonoran.event.EVENT_UNIT_LOGOUT)): (integer|false), string?
---@overload fun(type: 'EVENT_UNIT_STATUS', fn: fun(event: sonoran.event.EVENT_UNIT_STATUS)): (integer|false), string?
---@overload fun(type: 'EVENT_UNIT_UPDATE', fn: fun(event: sonoran.event.EVENT_UNIT_UPDATE)): (integer|false), string?
---@overload fun(type: 'EVENT_UNIT_PANIC', fn: fun(event: sonoran.event.EVENT_UNIT_PANIC)): (integer|false), string?
---@overload fun(type: 'EVENT_UNIT_GROUP_ADD', fn: fun(event: sonoran.event.EVENT_UNIT_GROUP_ADD)): (integer|false), string?
---@overload fun(type: 'EVENT_UNIT_GROUP_REMOVE', fn: fun(event: sonoran.event.EVENT_UNIT_GROUP_REMOVE)): (integer|false), string?
---@overload fun(type: 'EVENT_UNIT_GROUP_CHANGE_NAME', fn: fun(event: sonoran.event.EVENT_UNIT_GROUP_CHANGE_NAME)): (integer|false), string?
---@overload fun(type: 'EVENT_911', fn: fun(event: sonoran.event.EVENT_911)): (integer|false), string?
---@overload fun(type: 'EVENT_REMOVE_911', fn: fun(event: sonoran.event.EVENT_REMOVE_911)): (integer|false), string?
---@overload fun(type: 'EVENT_DISPATCH_NEW', fn: fun(event: sonoran.event.EVENT_DISPATCH_NEW)): (integer|false), string?
---@overload fun(type: 'EVENT_DISPATCH_EDIT', fn: fun(event: sonoran.event.EVENT_DISPATCH_EDIT)): (integer|false), string?
---@overload fun(type: 'EVENT_DISPATCH_CLOSED', fn: fun(event: sonoran.event.EVENT_DISPATCH_CLOSED)): (integer|false), string?
---@overload fun(type: 'EVENT_DISPATCH_NOTE', fn: fun(event: sonoran.event.EVENT_DISPATCH_NOTE)): (integer|false), string?
---@overload fun(type: 'EVENT_DISPATCH_UNIT_ATTACH', fn: fun(event: sonoran.event.EVENT_DISPATCH_UNIT_ATTACH)): (integer|false), string?
---@overload fun(type: 'EVENT_DISPATCH_UNIT_DETACH', fn: fun(event: sonoran.event.EVENT_DISPATCH_UNIT_DETACH)): (integer|false), string?
---@overload fun(type: 'EVENT_DISPATCH_TOGGLE_BODYCAM', fn: fun(event: sonoran.event.EVENT_DISPATCH_TOGGLE_BODYCAM)): (integer|false), string?
---@overload fun(type: 'EVENT_CHAR_SELECTED', fn: fun(event: sonoran.event.EVENT_CHAR_SELECTED)): (integer|false), string?
---@overload fun(type: 'EVENT_COMMUNITY_LINK_VERIFIED', fn: fun(event: sonoran.event.EVENT_COMMUNITY_LINK_VERIFIED)): (integer|false), string?
---@overload fun(type: 'EVENT_RECORD_ADD', fn: fun(event: sonoran.event.EVENT_RECORD_ADD)): (integer|false), string?
---@overload fun(type: 'EVENT_RECORD_EDIT', fn: fun(event: sonoran.event.EVENT_RECORD_EDIT)): (integer|false), string?
---@overload fun(type: 'EVENT_RECORD_REMOVE', fn: fun(event: sonoran.event.EVENT_RECORD_REMOVE)): (integer|false), string?
---@overload fun(type: 'EVENT_STREETSIGN_UPDATED', fn: fun(event: sonoran.event.EVENT_STREETSIGN_UPDATED)): (integer|false), string?
---@overload fun(type: 'EVENT_TONE', fn: fun(event: sonoran.event.EVENT_TONE)): (integer|false), string?
---@overload fun(type: 'EVENT_STATION_ALERT', fn: fun(event: sonoran.event.EVENT_STATION_ALERT)): (integer|false), string?
---@overload fun(type: 'EVENT_PAGER_REBORN', fn: fun(event: sonoran.event.EVENT_PAGER_REBORN)): (integer|false), string?
---@overload fun(type: 'EVENT_NEW_CALLOUT', fn: fun(event: sonoran.event.EVENT_NEW_CALLOUT)): (integer|false), string?
---@overload fun(type: 'EVENT_PRINT_RECORD', fn: fun(event: sonoran.event.EVENT_PRINT_RECORD)): (integer|false), string?
---@overload fun(type: 'EVENT_FIVEM_CONFIGURATION', fn: fun(event: sonoran.event.EVENT_FIVEM_CONFIGURATION)): (integer|false), string?
---@overload fun(type: 'EVENT_FIVEM_CONFIGURATION_MIGRATION', fn: fun(event: sonoran.event.EVENT_FIVEM_CONFIGURATION_MIGRATION)): (integer|false), string?
---@overload fun(type: 'GET_LOGS', fn: fun(event: sonoran.event.GET_LOGS)): (integer|false), string?
---@overload fun(type: string, fn: fun(event: sonoran.Event)): (integer|false), string?
