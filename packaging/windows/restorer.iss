; Untested: no Windows machine was available, and the spec it begins with was not built to its end. Inno Setup 6 makes an installer of the folder that
;   py -m PyInstaller --noconfirm --distpath dist\bundle packaging\restorer.spec
; leaves (install the wheel and PyInstaller before):
;   iscc /DVersion=0.1.0 packaging\windows\restorer.iss
#ifndef Version
  #error Say which version: iscc /DVersion=X.Y.Z
#endif

[Setup]
AppId=org.restorer.Restorer
AppName=Restorer
AppVersion={#Version}
DefaultDirName={autopf}\Restorer
DefaultGroupName=Restorer
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename=restorer-{#Version}-setup
Compression=lzma2
SolidCompression=yes
ChangesAssociations=yes
WizardStyle=modern

[Files]
Source: "..\..\dist\bundle\restorer\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\Restorer"; Filename: "{app}\restorer-window.exe"

[Registry]
; Only an entry under Open with; no kind of picture is taken over.
Root: HKA; Subkey: "Software\Classes\Applications\restorer-window.exe\shell\open\command"; ValueType: string; ValueData: """{app}\restorer-window.exe"" ""%1"""; Flags: uninsdeletekey
